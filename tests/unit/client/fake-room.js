/** A room over a socket whose every move a test decides; what it fetches is answered as a test says. */
import { afterEach } from 'node:test';
import { FakePeer, FakeSocket, settle } from './fakes.js';

const { Connection } = await import('../../../static/protocol/connection.js');
const { Room } = await import('../../../static/model/room.js');

const realFetch = globalThis.fetch;
const rooms = [];
afterEach(() => {
  rooms.splice(0).forEach((room) => room.leave());
  globalThis.fetch = realFetch;
});

export function answers(status, body = {}) {
  globalThis.fetch = async () => new Response(JSON.stringify(body), { status });
}

export function make() {
  const connection = new Connection({
    platform: { socket: (url) => new FakeSocket(url) },
    peer: () => new FakePeer(),
  });
  const room = new Room({ location: 'https://x.org/group/g/', group: 'g', connection });
  rooms.push(room);
  const fake = () => FakeSocket.all.at(-1);
  const open = async () => {
    await settle();
    fake().open();
    fake().receive({ type: 'handshake', version: ['2'] });
    await settle();
  };
  return { room, fake, open };
}

export async function joined() {
  answers(200, { name: 'g', endpoint: 'wss://x.org/ws' });
  const made = make();
  const entering = made.room.enter({ username: 'ada', password: 'secret' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  await made.open();
  const permissions = ['op', 'present', 'message', 'token'];
  made.fake().receive({ type: 'joined', kind: 'join', group: 'g', username: 'ada', permissions });
  await entering;
  return made;
}
