// @ts-check
/** Light, dark, or as the system says: `<html data-theme>` overrides the system. */

/** @param {import('../model/settings.js').Settings} settings */
export function followTheme(settings) {
  const apply = () => {
    const theme = settings.get('theme');
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  settings.on('change', (key) => {
    if (key === 'theme') apply();
  });
  apply();
}
