// @ts-check
/** The headers that show who one is: HTTP Basic (RFC 7617) and Bearer (RFC 6750). Pure. */

/** @param {string} username @param {string} password @returns {string} */
export function basic(username, password) {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** @param {{username?: string, password?: string, token?: string}} shown @returns {string} */
export function authorization({ username = '', password = '', token }) {
  return token ? `Bearer ${token}` : basic(username, password);
}
