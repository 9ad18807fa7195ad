"""A tiny signalling server and page that let a real browser publish to and subscribe from a `Media`.

No WebSocket, no groups: a description goes in, a description comes out. For tests of the engine alone.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from galene_py.conference.media import Media, MediaError, Published, Subscribed

PAGE = """<!doctype html><title>engine</title><script>
const up = [], down = [];
async function post(path, body) {
  const answer = await fetch(path, {method: 'POST', body: JSON.stringify(body)});
  const value = await answer.json();
  if (value.error) throw new Error(value.error);
  return value;
}
async function publish({audio, video, encodings, codecs, pictureFirst, bundlePolicy = 'balanced'}) {
  const media = await navigator.mediaDevices.getUserMedia(
    {audio: !!audio, video: video ? {width: 1280, height: 720} : false});
  const pc = new RTCPeerConnection({bundlePolicy});
  const tracks = [...media.getAudioTracks(), ...media.getVideoTracks()];
  for (const track of pictureFirst ? tracks.reverse() : tracks) {
    const init = {direction: 'sendonly', streams: [media]};
    if (track.kind === 'video' && encodings) init.sendEncodings = encodings;
    pc.addTransceiver(track, init);
  }
  await pc.setLocalDescription(await pc.createOffer());
  const {id, sdp, kinds} = await post('publish', {sdp: pc.localDescription.sdp, codecs});
  await pc.setRemoteDescription({type: 'answer', sdp});
  up[id] = pc;
  return {id, kinds, encodings: pc.getSenders().map(s => s.getParameters().encodings.map(e => e.rid || ''))};
}
async function republish(id, restart, change) {
  const pc = up[id];
  if (change === 'drop audio') pc.getTransceivers()[0].direction = 'inactive';
  if (change === 'stop audio') pc.getTransceivers()[0].stop();
  if (change === 'vp9')
    pc.getTransceivers()[1].setCodecPreferences(
      RTCRtpReceiver.getCapabilities('video').codecs.filter(codec => codec.mimeType === 'video/VP9'));
  await pc.setLocalDescription(await pc.createOffer({iceRestart: restart}));
  const {sdp, kinds} = await post('renegotiate', {id, sdp: pc.localDescription.sdp});
  await pc.setRemoteDescription({type: 'answer', sdp});
  return kinds;
}
async function subscribe(id, want, unknown = '') {
  const began = performance.now();
  const {sub, sdp} = await post('subscribe', {id, want});
  const pc = new RTCPeerConnection();
  const entry = down[sub] = {pc, elements: [], began};
  pc.ontrack = event => {
    const element = document.createElement(event.track.kind);
    element.autoplay = element.playsInline = true;
    element.muted = event.track.kind === 'video';
    element.srcObject = new MediaStream([event.track]);
    document.body.append(element);
    entry.elements.push(element);
    element.addEventListener('loadeddata', () => { entry.first ??= performance.now() - began; });
  };
  await take(sub, unknown ? sdp.replace(`${unknown}/`, 'UNKNOWN/') : sdp);
  return sub;
}
async function take(sub, sdp) {
  const pc = down[sub].pc;
  await pc.setRemoteDescription({type: 'offer', sdp});
  await pc.setLocalDescription(await pc.createAnswer());
  await post('accept', {sub, sdp: pc.localDescription.sdp});
}
async function select(sub, want) {
  const {sdp} = await post('select', {sub, want});
  if (sdp) await take(sub, sdp);
  return !!sdp;
}
async function restart(sub) { await take(sub, (await post('restart', {sub})).sdp); }
async function look(sub) {
  const entry = down[sub], seen = {state: entry.pc.connectionState, first: entry.first ?? null};
  (await entry.pc.getStats()).forEach(s => {
    if (s.type === 'inbound-rtp') seen[s.kind] = {
      packets: s.packetsReceived, lost: s.packetsLost, frames: s.framesDecoded || 0, keys: s.keyFramesDecoded,
      width: s.frameWidth || 0, energy: s.totalAudioEnergy || 0, samples: s.totalSamplesReceived || 0,
      bytes: s.bytesReceived, nacks: s.nackCount, plis: s.pliCount, freezes: s.freezeCount,
      codec: s.codecId};
    if (s.type === 'codec') (seen.codecs ??= []).push(s.mimeType);
  });
  return seen;
}
async function sending(id) {
  const seen = [];
  (await up[id].getStats()).forEach(s => {
    if (s.type === 'outbound-rtp') seen.push({kind: s.kind, rid: s.rid, packets: s.packetsSent,
      bytes: s.bytesSent, width: s.frameWidth, rate: s.targetBitrate, plis: s.pliCount, nacks: s.nackCount,
      frames: s.framesEncoded});
    if (s.type === 'remote-inbound-rtp')
      seen.push({report: s.kind, lost: s.packetsLost, rtt: s.roundTripTime});
    if (s.type === 'candidate-pair' && s.nominated) seen.push({available: s.availableOutgoingBitrate});
  });
  return seen;
}
</script>"""


class Exchange:
    """The streams that pages opened, by number."""

    def __init__(self, media: Media) -> None:
        self.media = media
        self.published: list[Published] = []
        self.subscribed: list[Subscribed] = []
        self.closed: list[str] = []
        self.ports: tuple[int, int] | None = None
        """The hub's port, and another one that leads to it, for whoever subscribes from now on."""

    async def handle(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        try:
            return web.json_response(getattr(self, request.match_info["verb"])(body))
        except MediaError as error:
            return web.json_response({"error": str(error)})

    def publish(self, body: dict[str, Any]) -> dict[str, Any]:
        codecs = body.get("codecs") or ["vp8", "opus"]
        stream = self.media.publish(body["sdp"], codecs=codecs, label="camera", on_closed=self.closed.append)
        self.published.append(stream)
        return {"id": len(self.published) - 1, "sdp": stream.answer, "kinds": sorted(stream.kinds)}

    def renegotiate(self, body: dict[str, Any]) -> dict[str, Any]:
        stream = self.published[body["id"]]
        return {"sdp": stream.renegotiate(body["sdp"]), "kinds": sorted(stream.kinds)}

    def subscribe(self, body: dict[str, Any]) -> dict[str, Any]:
        stream = self.published[body["id"]]
        subscribed = stream.subscribe(frozenset(body["want"]), on_closed=self.closed.append)
        if subscribed is None:
            return {"error": "nothing to send"}
        self.subscribed.append(subscribed)
        sdp = subscribed.offer
        if self.ports is not None:
            sdp = sdp.replace(f" {self.ports[0]} typ host", f" {self.ports[1]} typ host")
        return {"sub": len(self.subscribed) - 1, "sdp": sdp}

    def accept(self, body: dict[str, Any]) -> dict[str, Any]:
        self.subscribed[body["sub"]].accept(body["sdp"])
        return {}

    def select(self, body: dict[str, Any]) -> dict[str, Any]:
        subscribed = self.subscribed[body["sub"]]
        return {"sdp": subscribed.offer} if subscribed.select(frozenset(body["want"])) else {}

    def restart(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"sdp": self.subscribed[body["sub"]].restart()}


@asynccontextmanager
async def serve(media: Media) -> AsyncIterator[tuple[str, Exchange]]:
    """The page's URL on loopback, and what its pages opened."""
    exchange = Exchange(media)

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_post("/{verb}", exchange.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", exchange
    finally:
        await runner.cleanup()
