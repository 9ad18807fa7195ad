// @ts-check
/** Says when the page's modules could not be fetched: it would be said to load for ever. No module itself, hence. */
document.addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement) || target.type !== 'module') return;
    for (const part of document.querySelectorAll('.loading p')) part.toggleAttribute('hidden');
  },
  true,
);
