# galene-py in a container: slim base, not root, health check. See INSTALL.md, "Container".
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY server server
COPY static static
COPY vendor/manifest.json vendor/manifest.json
RUN python -m venv /opt/galene-py && /opt/galene-py/bin/pip install --no-cache-dir '.[compose]'

FROM python:3.13-slim
COPY --from=build /opt/galene-py /opt/galene-py
RUN useradd --system --uid 990 --home-dir /var/lib/galene-py --create-home galene-py \
    && install -d -o galene-py -g galene-py /var/lib/galene-py/data /var/lib/galene-py/groups /var/lib/galene-py/recordings
ENV PATH=/opt/galene-py/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /var/lib/galene-py
USER galene-py
VOLUME /var/lib/galene-py
EXPOSE 8443/tcp 8443/udp
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["galene-py", "health", "--http", "localhost:8443"]
ENTRYPOINT ["galene-py"]
CMD ["serve", "--http", ":8443"]
