// @ts-check
/**
 * Light or dark as chosen on the group page, for every page: runs before anything is shown, hence no module.
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
}
