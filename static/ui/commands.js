// @ts-check
/** Commands of the chat line. */
/** @param {string} line @param {import('./context.js').App} app @param {{leave: () => void, hand: (up: boolean) => void, share: () => void}} actions */
export function runCommand(line, app, actions) {
  void actions;
  app.room.chat.note(line);
}
