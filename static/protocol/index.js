// @ts-check
/** The library's front door; see README.md beside it. */
export { Connection } from './connection.js';
export { DownStream } from './down-stream.js';
export { Emitter } from './emitter.js';
export { fetchStatus, joinFields, RequestError } from './group.js';
export { readable } from './types.js';
export { UpStream } from './up-stream.js';
