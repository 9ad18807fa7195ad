import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHUNK } from '../../../static/protocol/file-transfer.js';
import { Files, MOST_WAITING } from '../../../static/protocol/files.js';

/** One end of a data channel; what is sent arrives a moment later, and until then waits in the buffer. */
class FakeChannel extends EventTarget {
  readyState = 'connecting';
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  most = 0;
  send(data) {
    const size = data.byteLength ?? data.length;
    assert.ok(size <= CHUNK);
    this.bufferedAmount += size;
    this.most = Math.max(this.most, this.bufferedAmount);
    setImmediate(() => {
      this.bufferedAmount -= size;
      this.other.onmessage?.({ data });
      if (this.bufferedAmount <= this.bufferedAmountLowThreshold) this.dispatchEvent(new Event('bufferedamountlow'));
    });
  }
  open() {
    this.readyState = 'open';
    this.dispatchEvent(new Event('open'));
    this.onopen?.();
  }
  close() {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.onclose?.();
    this.dispatchEvent(new Event('close'));
  }
}

/** Peer connections that find each other by what their descriptions say. */
class FakePeer {
  static all = new Map();
  connectionState = 'new';
  localDescription = null;
  remoteDescription = null;
  constructor() {
    this.name = `peer ${FakePeer.all.size}`;
    FakePeer.all.set(this.name, this);
  }
  createDataChannel(label) {
    assert.equal(label, 'file');
    return (this.channel = new FakeChannel());
  }
  async setLocalDescription() {
    this.localDescription = { sdp: this.name };
  }
  async setRemoteDescription({ type, sdp }) {
    this.remoteDescription = { type, sdp };
    if (type !== 'answer') return;
    const other = FakePeer.all.get(sdp);
    other.channel = new FakeChannel();
    [this.channel.other, other.channel.other] = [other.channel, this.channel];
    other.ondatachannel({ channel: other.channel });
    other.channel.open();
    this.channel.open();
  }
  async addIceCandidate() {}
  close() {
    const { channel } = this;
    channel?.close();
    setImmediate(() => channel?.other?.close());
  }
}

/** Two clients; messages between them, in order. */
function pair() {
  const told = [];
  const ends = {};
  for (const [me, other] of [['ann', 'ben'], ['ben', 'ann']])
    ends[me] = new Files({
      send: (to, value) => {
        assert.equal(to, other);
        told.push(value.type);
        queueMicrotask(() => ends[other].receive(me, structuredClone(value)));
      },
      peer: () => new FakePeer(),
    });
  return { ...ends, told };
}

const named = (bytes, name = 'a.bin') => Object.assign(new Blob([bytes], { type: 'x/y' }), { name });
const next = (files) => new Promise((resolve) => files.on('transfer', resolve));
const over = (transfer) =>
  new Promise((resolve) => {
    const look = () => transfer.over && resolve(transfer.state);
    transfer.on('change', look);
    look();
  });

function sink(more = {}) {
  const parts = [];
  return { parts, closed: false, aborted: false, write: (data) => void parts.push(new Uint8Array(data)), close() { this.closed = true; }, abort() { this.aborted = true; }, ...more };
}

test('a file arrives as it was, in small chunks, and the sender never keeps much of it in the buffer', async () => {
  const { ann, ben, told } = pair();
  const bytes = Uint8Array.from({ length: 3_000_001 }, (_, index) => (index * 7) % 251);
  const offered = next(ben);
  const sent = ann.send('ben', named(bytes));
  const received = await offered;
  assert.deepEqual({ ...received.about, id: '' }, { id: '', peerId: 'ann', name: 'a.bin', size: bytes.length, mimetype: 'x/y' });
  const place = sink();
  await received.accept(place);
  assert.deepEqual(await Promise.all([over(sent), over(received)]), ['done', 'done']);
  assert.ok(place.closed && Buffer.concat(place.parts).equals(Buffer.from(bytes)));
  assert.ok([...FakePeer.all.values()].every(({ channel }) => channel.most < 1.1 * 2 ** 20));
  assert.deepEqual(told, ['invite', 'offer', 'answer']);
  assert.equal(ann.all.size + ben.all.size, 0);
});

test('an empty file arrives, too', async () => {
  const { ann, ben } = pair();
  const offered = next(ben);
  const sent = ann.send('ben', named(''));
  const received = await offered;
  await received.accept(sink());
  assert.deepEqual(await Promise.all([over(sent), over(received)]), ['done', 'done']);
});

test('either side cancels at any time, and what came is thrown away', async () => {
  for (const who of ['sender', 'receiver'])
    for (const when of ['invited', 'running']) {
      const { ann, ben } = pair();
      const offered = next(ben);
      const sent = ann.send('ben', named(new Uint8Array(5_000_000)));
      const received = await offered;
      const place = sink();
      if (when === 'running') {
        await received.accept(place);
        await new Promise((resolve) => received.on('change', () => received.bytes > 100_000 && resolve()));
      }
      (who === 'sender' ? sent : received).cancel();
      assert.deepEqual(await Promise.all([over(sent), over(received)]), ['cancelled', 'cancelled'], `${who} ${when}`);
      assert.equal(place.aborted, when === 'running');
    }
});

test('a full disk ends it on both sides', async () => {
  const { ann, ben } = pair();
  const offered = next(ben);
  const sent = ann.send('ben', named(new Uint8Array(100_000)));
  const received = await offered;
  await received.accept(sink({ write: () => Promise.reject(new Error('full')) }));
  assert.deepEqual(await Promise.all([over(sent), over(received)]), ['cancelled', 'failed']);
});

test('what is no offer, and too many of them, are refused; names are no paths', () => {
  const told = [];
  const files = new Files({ send: (to, value) => told.push(value), peer: () => new FakePeer() });
  const invite = (id, more = {}) => files.receive('ann', { type: 'invite', id, version: ['1'], name: 'a', size: 1, ...more });
  for (const bad of [{ version: ['2'] }, { version: 1 }, { size: -1 }, { size: '1' }, { size: 1.5 }]) invite('x', bad);
  files.receive('ann', null);
  files.receive('ann', { type: 'answer', id: 'unknown' });
  assert.deepEqual(told.map(({ type }) => type), Array(5).fill('cancel'));
  assert.equal(files.all.size, 0);
  for (let count = 0; count < MOST_WAITING + 3; count += 1) invite(`i${count}`, { name: '../\u202egnp.exe' });
  assert.equal(files.all.size, MOST_WAITING);
  assert.equal([...files.all.values()][0].about.name, '.._' + '_gnp.exe');
  files.close();
});
