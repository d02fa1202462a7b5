import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as tsrt from '../index.js';
import { IDENTITY, TOUR, withModel } from './models.js';

const { ErrorCode, Model } = tsrt;
const average = (model, ...samples) => model.run('average', [Float32Array.of(...samples)]);

test('from a path, a URL, and bytes', async () => {
  const bytes = readFileSync(IDENTITY);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  for (const source of [fileURLToPath(IDENTITY), IDENTITY, bytes, buffer]) {
    await withModel(source, (model) => assert.equal(model.forward(new Float32Array(1)).length, 1));
  }
});

test('what is no model', () => {
  assert.throws(() => Model.load('absent.pt'), { name: 'TsrtError', code: ErrorCode.NOT_FOUND });
  assert.throws(() => Model.load(Buffer.from('x')), { code: ErrorCode.NOT_A_MODEL });
  assert.throws(() => Model.load('a\0b'), TypeError);
  assert.throws(() => Model.load(5), TypeError);
});

test('options', () => {
  const refused = { code: ErrorCode.INVALID_ARGUMENT };
  assert.throws(() => Model.load(IDENTITY, { colour: 'red' }), refused);
  assert.throws(() => Model.load(IDENTITY, { threads: 0 }), refused);
  assert.throws(() => Model.load(IDENTITY, { device: 'cpu,mmap=yes' }), TypeError);
  const model = Model.load(IDENTITY, { threads: 2, verify: false, timeout: undefined });
  assert.equal(model.describe().threads, 2);
  model.close();
});

test('state, clones and shares', () =>
  withModel(TOUR, (model) => {
    assert.equal(average(model, 1, 3), 2);
    const clone = model.clone();
    const share = model.share({ threads: 1 });
    assert.equal(average(clone, 5), 3);
    assert.equal(average(share, 8), 4);
    assert.equal(model.getAttribute('count'), 3);
    model.reset();
    assert.equal(share.getAttribute('count'), 0);
    assert.equal(clone.getAttribute('count'), 3);
    clone.close();
    share.close();
  }));

test('attributes', () =>
  withModel(TOUR, (model) => {
    const weight = model.getAttribute('layer.weight');
    assert.deepEqual([weight.shape, weight.data[2]], [[2, 3], 2]);
    weight.data.fill(0);
    model.setAttribute('layer.weight', weight);
    const [y] = model.forward(new tsrt.Tensor(new Float32Array(3), [1, 3]));
    assert.deepEqual([...y.data], [0.125, -1]);
    model.setAttribute('count', 5);
    assert.equal(model.getAttribute('count'), 5);
    assert.throws(() => model.setAttribute('count', 'five'), { code: ErrorCode.INVALID_ARGUMENT });
    assert.throws(() => model.getAttribute('nothing'), { code: ErrorCode.NOT_FOUND });
  }));

test('modes, devices, cancel', () =>
  withModel(TOUR, (model) => {
    model.train();
    assert.equal(model.describe().training, true);
    model.train(false);
    assert.equal(model.describe().training, false);
    model.to('cpu');
    assert.throws(() => model.to('cuda:99'), { code: ErrorCode.DEVICE });
    model.cancel();
    assert.equal(average(model, 1), 1);
  }));

test('errors tell where in the model', () =>
  withModel(TOUR, (model) => {
    assert.throws(() => average(model), (error) => {
      assert.equal(error.code, ErrorCode.MODEL_ERROR);
      assert.match(error.message, /there is nothing to average/);
      assert.equal(typeof error.detail, 'string');
      return true;
    });
    assert.equal(average(model, 2), 2);
  }));

test('a closed model', () => {
  const model = Model.load(IDENTITY);
  model.close();
  model.close();
  model[Symbol.dispose]();
  assert.throws(() => model.forward(new Float32Array(1)), /the model is closed/);
  assert.throws(() => model.run('forward'), /the model is closed/);
  assert.throws(() => model.describe(), /the model is closed/);
});

test('files', () => {
  for (const source of [TOUR, readFileSync(TOUR)]) {
    assert.equal(tsrt.inspect(source).kind, 'torchscript');
    tsrt.verify(source);
    assert.throws(() => tsrt.extraFile(source, 'labels.txt'), { code: ErrorCode.NOT_FOUND });
  }
  const damaged = readFileSync(TOUR).subarray(0, 500);
  assert.equal(tsrt.inspect(damaged).kind, 'truncated-zip');
  assert.throws(() => tsrt.verify(damaged), { code: ErrorCode.NOT_A_MODEL });
  assert.throws(() => tsrt.inspect('absent.pt'), { code: ErrorCode.NOT_FOUND });
});

test('the process', () => {
  assert.match(tsrt.version, /^\d+\.\d+/);
  assert.match(tsrt.torchVersion, /^\d+\.\d+/);
  assert.ok(tsrt.devices().includes('cpu'));
  assert.ok(tsrt.memory().resident > 0);
  assert.ok(tsrt.trustedOperators().length > 0);
  assert.ok(tsrt.quantizedEngine().supported.length > 0);
  tsrt.setQuantizedEngine(tsrt.quantizedEngine().current);
  tsrt.manualSeed(1);
  tsrt.manualSeed(2n ** 64n - 1n);
  assert.throws(() => tsrt.manualSeed(-1), RangeError);
  assert.throws(() => tsrt.loadLibrary('absent.so'), { code: ErrorCode.NOT_FOUND });
  tsrt.trimMemory();
});
