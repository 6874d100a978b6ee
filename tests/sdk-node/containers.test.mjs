// OpenAI's own Node.js clients, two major versions of them, against a running gateway. Nothing is configured but the base URL and a key.
//   GATEWAY_URL    public listener, e.g. http://127.0.0.1:8080
//   UPSTREAM_KIND  FakeOpenAI (answers faults on demand, see FaultyContainers), ThreeAccounts, Local or Docker
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, describe, it } from 'node:test';

import * as v7 from 'openai';
import * as v6 from 'openai6';

const url = process.env.GATEWAY_URL;
const kind = process.env.UPSTREAM_KIND;
assert.ok(url && ['FakeOpenAI', 'ThreeAccounts', 'Local', 'Docker'].includes(kind), 'GATEWAY_URL and UPSTREAM_KIND are needed');
const isLocal = kind === 'Local' || kind === 'Docker'; // answers are made by the gateway
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'gateway-sdk-node-'));
after(() => fs.rmSync(directory, { recursive: true }));

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function sha256OfStream(stream) {
  const hash = createHash('sha256');
  let length = 0;
  let largest = 0;
  await pipeline(stream, new Writable({
    write(chunk, _, done) {
      hash.update(chunk);
      length += chunk.length;
      largest = Math.max(largest, chunk.length);
      done();
    },
  }));
  return { hash: hash.digest('hex'), length, largest };
}

async function bytesOf(client, container, file) {
  const response = await client.containers.files.content.retrieve(file.id, { container_id: container.id });
  return Buffer.from(await response.arrayBuffer());
}

for (const [version, sdk] of [['7', v7], ['6', v6]]) {
  const { default: OpenAI, toFile } = sdk;
  const connect = (base = '/openai/v1', options = {}) => new OpenAI({ apiKey: 'sk-client', baseURL: url + base, ...options });
  const client = connect();
  const fresh = (name = 'files') => client.containers.create({ name: `${name}-v${version}` });

  describe(`openai ${version}`, () => {
    for (const base of ['/openai/v1', '/v1', '/openai/v1/']) {
      it(`does all nine operations on ${base}`, async () => {
        const { containers } = connect(base);
        const created = await containers.create({
          name: 'nine', memory_limit: '4g', expires_after: { anchor: 'last_active_at', minutes: 15 },
        });
        assert.equal(created.object, 'container');
        assert.equal(created.name, 'nine');
        assert.equal(created.status, 'running');
        assert.equal(created.memory_limit, '4g');
        assert.deepEqual(created.expires_after, { anchor: 'last_active_at', minutes: 15 });
        assert.ok(Number.isInteger(created.created_at));

        assert.equal((await containers.retrieve(created.id)).id, created.id);
        const page = await containers.list({ limit: 1 });
        assert.equal(page.data[0].id, created.id);

        const bytes = randomBytes(200_000);
        const file = await containers.files.create(created.id, { file: new File([bytes], 'data.bin') });
        assert.equal(file.object, 'container.file');
        assert.equal(file.bytes, 200_000);
        assert.equal(file.path, '/mnt/data/data.bin');
        assert.equal(file.container_id, created.id);
        assert.equal((await containers.files.retrieve(file.id, { container_id: created.id })).id, file.id);
        assert.deepEqual((await containers.files.list(created.id)).data.map((item) => item.id), [file.id]);

        const content = await containers.files.content.retrieve(file.id, { container_id: created.id });
        assert.equal(content.status, 200);
        assert.equal(sha256(Buffer.from(await content.arrayBuffer())), sha256(bytes));

        await containers.files.delete(file.id, { container_id: created.id });
        await assert.rejects(containers.files.retrieve(file.id, { container_id: created.id }), OpenAI.NotFoundError);
        const gone = await containers.delete(created.id).asResponse();
        assert.deepEqual(
          Object.fromEntries(Object.entries(await gone.json()).filter(([key]) => key !== 'extra_fields')),
          { id: created.id, object: 'container.deleted', deleted: true });
        await assert.rejects(containers.retrieve(created.id), OpenAI.NotFoundError);
      });
    }

    it('walks more than a hundred containers and files in both orders', async () => {
      const name = `page-v${version}`;
      const ids = [];
      for (let i = 0; i < 105; i++) {
        ids.push((await client.containers.create({ name })).id);
      }

      const walk = async (list) => {
        const seen = [];
        for await (const item of list) {
          seen.push(item.id);
        }
        return seen;
      };
      assert.deepEqual(await walk(client.containers.list({ name, order: 'asc' })), ids);
      assert.deepEqual(await walk(client.containers.list({ name, limit: 50 })), ids.toReversed());

      const container = ids[0];
      const files = [];
      for (let i = 0; i < 103; i++) {
        files.push((await client.containers.files.create(container, { file: new File(['x'], `f${i}`) })).id);
      }
      assert.deepEqual(await walk(client.containers.files.list(container, { order: 'asc', limit: 100 })), files);
      assert.deepEqual(await walk(client.containers.files.list(container)), files.toReversed());

      for await (const item of client.containers.list({ name, limit: 10 })) {
        await client.containers.delete(item.id);
      }
      assert.deepEqual(await walk(client.containers.list({ name })), []);
    });

    it('gets typed errors', async () => {
      const missing = await client.containers.retrieve('cntr_missing').catch((error) => error);
      assert.ok(missing instanceof OpenAI.NotFoundError, String(missing));
      assert.match(missing.message, /Container with id 'cntr_missing' not found/);
      assert.equal(missing.type, 'invalid_request_error');
      assert.ok(missing.requestID, 'an error can be reported with its request id');

      const tooLong = await client.containers.create({ name: 'x', expires_after: { anchor: 'last_active_at', minutes: 1e6 } }).catch((error) => error);
      assert.ok(tooLong instanceof OpenAI.BadRequestError, String(tooLong));
      assert.equal(tooLong.code, 'integer_above_max_value');
      assert.equal(tooLong.param, 'expires_after.minutes');

      await assert.rejects(client.containers.create({}), { status: 400, param: 'name' });
      await assert.rejects(client.containers.list({ limit: 101 }), { status: 400, param: 'limit' });
      const container = await fresh();
      await assert.rejects(client.containers.files.create(container.id, {}), { status: 400 });
      if (isLocal) {
        await assert.rejects(client.containers.files.create(container.id, { file_id: 'cfile_missing' }), { status: 404, param: 'file_id' });
      }

      await assert.rejects(client.containers.files.content.retrieve('cfile_missing', { container_id: container.id }), OpenAI.NotFoundError);
      await assert.rejects(client.get('/nothing/here'), OpenAI.NotFoundError);
    });

    it('names a file by its id', async () => {
      const source = await fresh('source');
      const file = await client.containers.files.create(source.id, { file: new File(['alpha'], 'a.txt') });
      const target = await fresh('target');
      const copy = await client.containers.files.create(target.id, { file_id: file.id });
      assert.equal((await bytesOf(client, target, copy)).toString(), isLocal ? 'alpha' : `content of ${file.id}`);
    });

    it('uploads a file stream, which goes out without a length', async () => {
      const bytes = randomBytes(300_001);
      const name = path.join(directory, `größe 統計 v${version}.csv`);
      fs.writeFileSync(name, bytes);
      const container = await fresh();
      const file = await client.containers.files.create(container.id, { file: fs.createReadStream(name) });
      assert.equal(file.path, '/mnt/data/' + path.basename(name));
      assert.equal(sha256(await bytesOf(client, container, file)), sha256(bytes));
    });

    it('uploads buffers, blobs and responses under their names', async () => {
      const container = await fresh();
      const bytes = randomBytes(4096);
      for (const [file, name] of [
        [await toFile(bytes, 'häßlich – 統計.bin'), 'häßlich – 統計.bin'],
        [await toFile(Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]), 'stream.bin', { type: 'application/x-thing' }), 'stream.bin'],
        [new File([bytes], 'file with spaces; and=signs.bin', { type: 'image/png' }), 'file with spaces; and=signs.bin'],
        [new Response(bytes), 'unknown_file'],
      ]) {
        const created = await client.containers.files.create(container.id, { file });
        assert.equal(created.path, '/mnt/data/' + name);
        assert.equal(sha256(await bytesOf(client, container, created)), sha256(bytes));
      }
    });

    it('uploads and downloads nothing', async () => {
      const container = await fresh();
      const file = await client.containers.files.create(container.id, { file: new File([], 'empty.txt') });
      assert.equal(file.bytes, 0);
      assert.equal((await bytesOf(client, container, file)).length, 0);
    });

    it('streams 64 MiB both ways', async () => {
      const block = randomBytes(1 << 20);
      const name = path.join(directory, `large-v${version}.bin`);
      const large = fs.openSync(name, 'w');
      const hash = createHash('sha256');
      for (let i = 0; i < 64; i++) {
        block.writeUInt32LE(i);
        hash.update(block);
        fs.writeSync(large, block);
      }
      fs.closeSync(large);

      const container = await fresh('large');
      const file = await client.containers.files.create(container.id, { file: fs.createReadStream(name) });
      assert.equal(file.bytes, 64 << 20);
      const response = await client.containers.files.content.retrieve(file.id, { container_id: container.id });
      assert.equal(response.headers.get('content-length'), String(64 << 20));
      const received = await sha256OfStream(Readable.fromWeb(response.body));
      assert.equal(received.hash, hash.digest('hex'));
      assert.ok(received.largest < 4 << 20, 'it arrives in pieces');
      await client.containers.delete(container.id);
      fs.rmSync(name);
    });

    it('stops a download halfway and goes on working', async () => {
      const container = await fresh();
      const file = await client.containers.files.create(container.id, { file: new File([randomBytes(8 << 20)], 'half.bin') });
      const response = await client.containers.files.content.retrieve(file.id, { container_id: container.id });
      const reader = response.body.getReader();
      assert.ok((await reader.read()).value.length > 0);
      await reader.cancel();
      assert.equal((await client.containers.files.retrieve(file.id, { container_id: container.id })).bytes, 8 << 20);
    });

    describe('with an upstream that fails', { skip: kind !== 'FakeOpenAI' && 'only a single upstream fails on demand' }, () => {
      const attempts = async (promise) => (await promise).attempts;

      it('repeats what may be repeated', async () => {
        assert.equal(await attempts(client.containers.retrieve(`fault-503-2-v${version}`)), 3);
        assert.equal(await attempts(client.containers.retrieve(`fault-429-1-v${version}`)), 2);
        assert.equal(await attempts(client.containers.retrieve(`fault-500-1-v${version}`)), 2);
      });

      it('gives up with a typed error', async () => {
        const patient = connect('/openai/v1', { maxRetries: 0 });
        await assert.rejects(patient.containers.retrieve(`fault-503-9-b-v${version}`), OpenAI.InternalServerError);
        await assert.rejects(patient.containers.retrieve(`fault-409-9-c-v${version}`), OpenAI.ConflictError);
        await assert.rejects(patient.containers.retrieve(`fault-422-9-d-v${version}`), OpenAI.UnprocessableEntityError);

        // Last: until its wait is over, further reads of the only account get the same answer.
        const limited = await patient.containers.retrieve(`fault-429-9-a-v${version}`).catch((error) => error);
        assert.ok(limited instanceof OpenAI.RateLimitError, String(limited));
        assert.match(limited.message, /Come back later \(429\)\./);
        assert.equal(limited.headers.get('retry-after'), '1');
      });

      it('does not repeat what is refused for good', async () => {
        await assert.rejects(client.containers.retrieve(`fault-400-1-v${version}`), OpenAI.BadRequestError);
        assert.equal(await attempts(client.containers.retrieve(`fault-400-1-v${version}`)), 2);
      });

      it('does not repeat a create that may have worked', async () => {
        const lost = await client.containers.create({ name: `cut-v${version}` }).catch((error) => error);
        assert.equal(lost.status, 502);
        assert.equal(lost.code, 'create_outcome_unknown');
        assert.equal(await attempts(client.containers.retrieve(`attempts-cut-v${version}`)), 1);
      });
    });
  });
}
