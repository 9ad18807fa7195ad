/** What people are told about the filter at work. Pure. */

/**
 * @typedef {object} PipelineStatus
 * @property {'loading' | 'running' | 'closed' | 'failed'} state closed: blurred or held for the moment
 * @property {string} reason key below `filter.reason.`, or ''
 */

/**
 * @param {import('./gate.js').Gate} gate
 * @param {{state: string, busy: boolean}} worker
 * @param {string} trouble of the worker, '' for none
 * @param {import('./control/path-choice.js').Path} path
 * @param {number} now
 * @returns {PipelineStatus}
 */
export function statusOf(gate, worker, trouble, path, now) {
  const view = gate.view(now);
  if (view === 'open' || view === 'fresh') return { state: 'running', reason: '' };
  if (gate.broken !== '') return { state: 'failed', reason: gate.broken };
  if (trouble !== '') return { state: 'closed', reason: trouble };
  if (view === 'hold') return { state: 'running', reason: '' };
  if (gate.maskAt === undefined || worker.state === 'loading') return { state: 'loading', reason: '' };
  // By planes the worker waits for the camera itself.
  return { state: 'closed', reason: path === 'canvas' && worker.busy ? 'hung' : 'no-picture' };
}
