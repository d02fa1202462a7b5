import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ErrorCode, Model, Tensor } from '../index.js';
import { IDENTITY, TOUR, withModel } from './models.js';

test('many calls at once, each with its own arrays', () =>
  withModel(IDENTITY, async (model) => {
    const call = async (_, i) => {
      const [y] = await model.forwardAsync(new Float32Array(1000).fill(i));
      assert.deepEqual(y.data, new Float32Array(1000).fill(i));
    };
    await Promise.all(Array.from({ length: 500 }, call));
  }));

test('every kind of call', () =>
  withModel(TOUR, async (model) => {
    const rows = new Tensor(new Float32Array(3), [1, 3]);
    const own = new Tensor(new Float32Array(2), [1, 2]);
    assert.deepEqual([...(await model.forwardAsync(rows))[0].data], [0.125, -1]);
    await model.forwardIntoAsync([rows], [own]);
    assert.deepEqual([...own.data], [0.125, -1]);
    assert.equal(await model.runAsync('average', [Float32Array.of(1, 2)]), 1.5);
    const other = await Model.loadAsync(TOUR, { threads: 1 });
    assert.equal(await other.runAsync('average', [], { samples: Float32Array.of(4) }), 4);
    other.close();
  }));

test('errors', () =>
  withModel(TOUR, async (model) => {
    const empty = new Float32Array(0);
    await assert.rejects(model.runAsync('average', [empty]), { code: ErrorCode.MODEL_ERROR });
    await assert.rejects(model.runAsync('nothing'), { code: ErrorCode.NOT_FOUND });
    await assert.rejects(model.runAsync('average', 5), TypeError);
    await assert.rejects(model.forwardAsync([]), { code: ErrorCode.INVALID_ARGUMENT });
    await assert.rejects(model.forwardAsync('x'), TypeError);
    await assert.rejects(Model.loadAsync('absent.pt'), { code: ErrorCode.NOT_FOUND });
  }));

test('a signal stops what has not begun, and is forgotten', () =>
  withModel(IDENTITY, async (model) => {
    const x = new Float32Array(4);
    const reason = new Error('enough');
    await assert.rejects(model.forwardAsync(x, { signal: AbortSignal.abort(reason) }), reason);

    const controller = new AbortController();
    const { signal } = controller;
    const behind = Array.from({ length: 100 }, () => model.forwardAsync(x));
    const aborted = model.forwardAsync(x, { signal });
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    await Promise.all(behind);

    const later = new AbortController();
    const [y] = await model.forwardAsync(x, { signal: later.signal });
    later.abort();
    assert.deepEqual(y.data, x);
  }));

test('a model that is closed during its calls', () =>
  withModel(IDENTITY, async (model) => {
    const shared = model.share();
    const calls = Array.from({ length: 50 }, () => shared.forwardAsync(Float32Array.of(3)));
    shared.close();
    await assert.rejects(shared.forwardAsync(Float32Array.of(3)), /closed/);
    for (const [y] of await Promise.all(calls)) assert.equal(y.data[0], 3);
  }));
