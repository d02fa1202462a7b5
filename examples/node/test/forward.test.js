import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ErrorCode, Tensor } from '../index.js';
import { IDENTITY, TOUR, withModel } from './models.js';

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

const filled = (Data, length) => new Data(length).fill(Data.name.startsWith('Big') ? 1n : 1);

for (const [dtype, Data] of Object.entries(ARRAYS)) {
  test(`${dtype} there and back`, () =>
    withModel(IDENTITY, (model) => {
      for (const length of [0, 2, 10_000]) {
        const x = new Tensor(filled(Data, length), undefined, { dtype });
        const [y] = model.forward(x);
        assert.deepEqual([y.dtype, y.shape, y.data], [dtype, x.shape, x.data]);
        const own = new Tensor(new Data(length), x.shape, { dtype });
        model.forwardInto(x, own);
        assert.deepEqual(own.data, x.data);
      }
    }));
}

test('shapes', () =>
  withModel(IDENTITY, (model) => {
    for (const shape of [[], [1], [6], [2, 3], [1, 2, 3, 1], [2, 0, 3]]) {
      const size = shape.reduce((n, length) => n * length, 1);
      const [y] = model.forward(new Tensor(new Float32Array(size), shape));
      assert.deepEqual([y.shape, y.size], [shape, size]);
    }
  }));

test('strides, parts of arrays, buffers, shared memory', () =>
  withModel(IDENTITY, (model) => {
    const numbers = Float32Array.of(1, 2, 3, 4, 5, 6);
    const turned = new Tensor(numbers, [3, 2], { strides: [1, 3] });
    assert.deepEqual([...model.forward(turned)[0].data], [1, 4, 2, 5, 3, 6]);
    assert.deepEqual([...model.forward(numbers.subarray(2, 4))[0].data], [3, 4]);
    assert.deepEqual([...model.forward(Buffer.from('hi'))[0].data], [104, 105]);
    const shared = new Float32Array(new SharedArrayBuffer(8)).fill(7);
    assert.deepEqual([...model.forward(shared)[0].data], [7, 7]);
  }));

test('an output is an array of its own', () =>
  withModel(IDENTITY, (model) => {
    const x = Float32Array.of(1, 2);
    const [first] = model.forward(x);
    x[0] = 5;
    const [second] = model.forward(first);
    first.data[0] = 7;
    assert.deepEqual([...second.data], [1, 2]);
  }));

test('tensors that cannot be', () => {
  const four = new Float32Array(4);
  assert.throws(() => new Tensor([1, 2]), TypeError);
  assert.throws(() => new Tensor(new DataView(new ArrayBuffer(4))), TypeError);
  assert.throws(() => new Tensor(four, [5]), RangeError);
  assert.throws(() => new Tensor(four, [-4]), RangeError);
  assert.throws(() => new Tensor(four, [2.5]), RangeError);
  assert.throws(() => new Tensor(four, [2, 3], { strides: [1, 2] }), RangeError);
  assert.throws(() => new Tensor(four, [2], { strides: [-1] }), RangeError);
  assert.throws(() => new Tensor(four, [4], { dtype: 'float64' }), TypeError);
  assert.throws(() => new Tensor(four, [4], { dtype: 'float' }), /no dtype 'float'/);
  const three = new Float32Array(3);
  assert.throws(() => new Tensor(three, undefined, { dtype: 'complex64' }), RangeError);
});

test('an array that went away', () =>
  withModel(IDENTITY, (model) => {
    const x = new Tensor(new Float32Array(1000));
    model.forward(x);
    structuredClone(null, { transfer: [x.data.buffer] });
    assert.throws(() => model.forward(x), /detached/);
  }));

test('inputs and outputs that do not fit', () =>
  withModel(TOUR, (model) => {
    const rows = new Tensor(new Float32Array(6), [2, 3]);
    const refused = { name: 'TsrtError', code: ErrorCode.INVALID_ARGUMENT };
    assert.throws(() => model.forward([]), refused);
    assert.throws(() => model.forward([rows, rows]), refused);
    assert.throws(() => model.forward(5), TypeError);
    assert.throws(() => model.forwardInto(rows, new Float32Array(4)), refused);
    assert.throws(() => model.forwardInto(rows, new Tensor(new Float64Array(4), [2, 2])), refused);
    assert.throws(() => model.forward(new Float32Array(4)), { code: ErrorCode.MODEL_ERROR });
    assert.deepEqual([...model.forward(rows)[0].data], [0.125, -1, 0.125, -1]);
  }));
