// @ts-check
/**
 * Why somebody may not come in, as a key of the table of texts. The server's words are kept beside it: an
 * operator may have written them, and a server newer than this page may know reasons that we do not.
 */

/**
 * @typedef {'name' | 'taken' | 'password' | 'locked' | 'full' | 'notOpen' | 'closed' | 'noOperator' |
 *   'tokenExpired' | 'tokenEarly' | 'tokenBad' | 'tokenGroup' | 'noGroup' | 'busy' | 'authServer' |
 *   'unreachable' | 'other'} RefusalReason
 */

export class Refusal extends Error {
  /** @param {RefusalReason} reason @param {string} [text] the server's words */
  constructor(reason, text = '') {
    super(text || reason);
    this.reason = reason;
    this.text = text;
  }
}

/** In order: the first that matches counts. @type {[RegExp, RefusalReason][]} */
const WORDS = [
  [/username and a password, or an invitation/, 'password'],
  [/(password|username or).*wrong|not authori[sz]ed|bad password/, 'password'],
  [/username is not possible|illegal username/, 'name'],
  [/(username|duplicate).*(taken|username)|username.*(taken|exists)/, 'taken'],
  [/(group|it) is locked|^locked$/, 'locked'],
  [/too many users/, 'full'],
  [/not open yet|not yet open/, 'notOpen'],
  [/group (is closed|has expired)/, 'closed'],
  [/no operators?/, 'noOperator'],
  [/(token|invitation).*(expired|revoked|no longer)/, 'tokenExpired'],
  [/(token|invitation).*not valid yet/, 'tokenEarly'],
  [/(token|invitation).*another group/, 'tokenGroup'],
  [/(token|invitation)/, 'tokenBad'],
  [/group does not exist|no such group/, 'noGroup'],
  [/busy/, 'busy'],
];

/**
 * @param {string} code  the `error` of a `joined` message
 * @param {string} text  its `value`
 */
export function refusal(code, text) {
  if (code === 'need-username') return new Refusal('name', text);
  if (code === 'duplicate-username') return new Refusal('taken', text);
  const lower = text.toLowerCase();
  const found = WORDS.find(([words]) => words.test(lower));
  return new Refusal(found ? found[1] : 'other', text);
}
