// @ts-check
/**
 * What cannot wait for modules, so this is no module: the theme that was chosen on the group page, before anything is
 * shown, and the message that modules could not be fetched, since otherwise a page would say for ever that it is loading.
 */
{
  const KEY = 'galene-py.theme';
  const apply = () => {
    const { dataset } = document.documentElement;
    let theme = '';
    try {
      theme = JSON.parse(localStorage.getItem(KEY) ?? '""');
    } catch {
      // no storage, or nonsense in it: as the system says
    }
    if (theme === 'light' || theme === 'dark') dataset.theme = theme;
    else delete dataset.theme;
  };
  apply();
  addEventListener('storage', ({ key }) => {
    if (key === KEY) apply();
  });
  document.addEventListener(
    'error',
    ({ target }) => {
      if (!(target instanceof HTMLScriptElement) || target.type !== 'module') return;
      for (const part of document.querySelectorAll('.loading p')) part.toggleAttribute('hidden');
    },
    true,
  );
}
