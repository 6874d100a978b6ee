// OpenAI's own Node.js clients, two major versions of them, with good and bad keys: the classes of errors that they document.
//   GATEWAY_URL            public listener
//   GOOD, EXPIRED, OFF     keys; one of no provider in NONE
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as v7 from 'openai';
import * as v6 from 'openai6';

const { GATEWAY_URL: url, GOOD, EXPIRED, OFF, NONE } = process.env;
assert.ok(url && GOOD && EXPIRED && OFF && NONE, 'GATEWAY_URL and keys are needed');

for (const [version, { default: OpenAI }] of [['7', v7], ['6', v6]]) {
  const list = (apiKey, options = {}) => new OpenAI({ apiKey, baseURL: `${url}/openai/v1`, ...options }).containers.list();
  const is = (type, status, code) => (error) => error instanceof type && error.status === status && error.code === code;

  describe(`openai ${version}`, () => {
    it('is let in with a good key', async () => assert.ok(Array.isArray((await list(GOOD)).data)));
    for (const [what, key] of [['unknown', `${GOOD}x`], ['expired', EXPIRED], ['foreign', 'sk-proj-0123456789']]) {
      it(`raises AuthenticationError for an ${what} key`, () => assert.rejects(list(key), is(OpenAI.AuthenticationError, 401, 'invalid_api_key')));
    }

    it('raises AuthenticationError without a key', () => assert.rejects(
      list('unused', { defaultHeaders: { Authorization: null } }), is(OpenAI.AuthenticationError, 401, 'invalid_api_key')));
    it('raises PermissionDeniedError for a key that is switched off', () => assert.rejects(
      list(OFF), is(OpenAI.PermissionDeniedError, 403, 'virtual_key_blocked')));
    it('raises PermissionDeniedError for a provider that the key may not use', () => assert.rejects(
      list(NONE), is(OpenAI.PermissionDeniedError, 403, 'provider_blocked')));
  });
}
