// @ts-check
/**
 * The shapes that travel over the WebSocket, and those that this library hands out; with what of them is for
 * people.
 *
 * @typedef {object} Message
 * @property {string} type
 * @property {string} [kind]
 * @property {string} [error]       for programs; `value` is for people
 * @property {string} [id]
 * @property {string} [source]      id of the client it comes from
 * @property {string} [username]
 * @property {string} [dest]        id of the client it goes to; absent or '' means everybody
 * @property {boolean} [privileged]
 * @property {any} [value]
 * @property {string[]} [version]
 * @property {string} [group]
 * @property {string} [password]
 * @property {string} [token]
 * @property {string} [resume]      secret by which galene-py knows us again after a lost connection
 * @property {string[]} [permissions]
 * @property {GroupStatus} [status]
 * @property {Record<string, any>} [data]
 * @property {RTCConfiguration} [rtcConfiguration]
 * @property {Record<string, string[]> | string[]} [request]
 * @property {string} [label]
 * @property {string} [replace]
 * @property {string} [sdp]
 * @property {RTCIceCandidateInit | null} [candidate]
 * @property {boolean} [noecho]
 * @property {string} [replyTo]
 * @property {boolean} [edited]
 * @property {Record<string, string[]>} [reactions]
 * @property {string | number} [time]
 *
 * @typedef {object} GroupStatus
 * @property {string} [name]
 * @property {string} [location]
 * @property {string} [endpoint]
 * @property {string} [displayName]
 * @property {string} [description]
 * @property {string} [authServer]
 * @property {string} [authPortal]
 * @property {boolean} [locked]
 * @property {number} [clientCount]
 * @property {boolean} [canChangePassword]
 * @property {boolean} [canChangeChat]  messages can be edited, deleted and reacted to
 *
 * @typedef {object} Joined
 * @property {'join' | 'change' | 'fail' | 'leave' | 'redirect'} kind
 * @property {string} error
 * @property {string} group
 * @property {string} username
 * @property {string[]} permissions
 * @property {GroupStatus | undefined} status
 * @property {Record<string, any>} data
 * @property {any} value            text for people, or the address of a redirect
 *
 * @typedef {object} UserInfo
 * @property {string} id
 * @property {string} username
 * @property {string[]} permissions
 * @property {Record<string, any>} data
 *
 * @typedef {object} ChatMessage
 * @property {string} id
 * @property {string} source
 * @property {string} username
 * @property {string} dest
 * @property {string} kind          '' | 'me' | 'caption'
 * @property {boolean} privileged
 * @property {boolean} history
 * @property {Date | null} time
 * @property {string} value
 * @property {string} replyTo       id of the message that it answers
 * @property {boolean} edited
 * @property {Map<string, string[]>} reactions  names of people by emoji
 *
 * @typedef {object} UserMessage
 * @property {string} kind
 * @property {string} error
 * @property {string} source
 * @property {string} username
 * @property {string} dest
 * @property {boolean} privileged
 * @property {any} value
 *
 * @typedef {'camera' | 'screenshare' | 'video'} Label
 * @typedef {'audio' | 'video'} Kind
 *
 * @typedef {object} Credentials
 * @property {string} [username]
 * @property {string} [password]
 * @property {string} [token]
 * @property {string} [authServer]  asked for a token first, with name and password
 * @property {string} [location]    the group's address, for the authorisation server
 */

/** What of a message's value is for people to read: strings and numbers; an object is for programs. @param {unknown} value */
export function readable(value) {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
