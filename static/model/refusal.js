// @ts-check
/**
 * Why somebody may not come in, as a key of the table of texts. Our server says it by a code; others, and
 * older ones, in words. The words are kept beside it: an operator may have written them, and a server newer
 * than this page may know reasons that we do not.
 */

/**
 * @typedef {'name' | 'taken' | 'password' | 'locked' | 'full' | 'notOpen' | 'closed' | 'noOperator' |
 *   'tokenExpired' | 'tokenEarly' | 'tokenBad' | 'tokenGroup' | 'noGroup' | 'broken' | 'duplicate' | 'busy' |
 *   'banned' | 'authServer' | 'authBroken' | 'unreachable' | 'blocked' | 'noWebSocket' | 'other'} RefusalReason
 */

export class Refusal extends Error {
  /**
   * @param {RefusalReason} reason
   * @param {string} [text]  the server's words
   * @param {string} [words] those of them that an operator wrote, to be shown beside ours
   */
  constructor(reason, text = '', words = '') {
    super(text || reason);
    this.reason = reason;
    this.text = text;
    this.words = words;
  }
}

/** Refusals after which an invitation need not be tried again; one that is early is another matter. @type {ReadonlySet<string>} */
export const TOKEN_OVER = new Set(['tokenExpired', 'tokenBad', 'tokenGroup']);

/** What our server calls its reasons. @type {Readonly<Record<string, RefusalReason>>} */
export const CODES = {
  'need-username': 'name',
  'duplicate-username': 'taken',
  'bad-username': 'name',
  'need-password': 'password',
  'not-authorised': 'password',
  'group-locked': 'locked',
  'group-locked-with-words': 'locked',
  'group-full': 'full',
  'group-not-open': 'notOpen',
  'group-closed': 'closed',
  'no-operator': 'noOperator',
  'unknown-group': 'noGroup',
  'broken-group': 'broken',
  'token-bad': 'tokenBad',
  'token-expired': 'tokenExpired',
  'token-revoked': 'tokenExpired',
  'token-not-yet-valid': 'tokenEarly',
  'token-wrong-group': 'tokenGroup',
  'user-removed': 'closed',
  banned: 'banned',
  'duplicate-id': 'duplicate',
  'bad-request': 'other',
  busy: 'busy',
  'internal-error': 'other',
};

/** For servers without codes. In order: the first that matches counts. @type {[RegExp, RefusalReason][]} */
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

/** What a server says that has no words of an operator. */
const PLAIN_LOCK = /^(this )?group is locked$/i;

/**
 * @param {string} code  the `error` of a `joined` message
 * @param {string} text  its `value`
 */
export function refusal(code, text) {
  if (Object.hasOwn(CODES, code)) {
    return new Refusal(CODES[code], text, code === 'group-locked-with-words' ? text : '');
  }
  const lower = text.toLowerCase();
  const found = WORDS.find(([words]) => words.test(lower));
  return new Refusal(found ? found[1] : 'other', text);
}

/** Client errors that are about the moment, not about what was asked: RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4. */
const LATER = new Set([408, 425, 429]);

/**
 * What the answer of an authorisation server means that did not let somebody in.
 * @param {number} status  of HTTP; 0: there was no answer that a page may read
 */
export function refusedLogin(status) {
  if (status === 401 || status === 403) return new Refusal('password');
  const asked = status >= 300 && status < 500 && !LATER.has(status);
  return asked ? new Refusal('authBroken', String(status)) : new Refusal('authServer');
}

/**
 * A refusal that nobody understands although the group says that it is locked: the words are an operator's.
 * @param {string} text
 */
export function lockedWith(text) {
  return new Refusal('locked', text, PLAIN_LOCK.test(text) ? '' : text);
}
