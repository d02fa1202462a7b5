import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Complex, Float, liveHandles, Model, ModelObject, Tensor, Tuple } from '../index.js';
import { check } from '../lib/errors.js';
import * as c from '../lib/native.js';
import { takeValue } from '../lib/results.js';
import { Loan } from '../lib/values.js';
import { TOUR, withModel } from './models.js';

/** What becomes of a value that tsrt is given. */
function roundTrip(x) {
  const before = liveHandles();
  const loan = new Loan();
  try {
    check(c.value_item(loan.value([x]), 0, c.FIRST));
    return takeValue(c.out.words[0]);
  } finally {
    loan.end();
    assert.equal(liveHandles(), before);
  }
}

const SAME = [
  ...[null, true, false, 0, -5, 1.5, -0, NaN, Infinity, -Infinity, 1e300],
  ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53, 2n ** 53n, -(2n ** 63n)],
  ...['', 'größe', 'zero \0 byte', '😀', 'x'.repeat(100_000)],
  ...[[], [1, 2], [[1], []], [null, 'a', [2.5]], Tuple.of(), Tuple.of(1, 'a', Tuple.of(null))],
  ...[new Map(), new Map([['b', 1], ['a', [2]]]), new Map([[1, 'x'], [-1, 'y']])],
  new Complex(1, -2),
];

for (const x of SAME) {
  const name = Object.is(x, -0) ? '-0' : String(JSON.stringify(x, (_, y) => String(y)));
  test(`${name.slice(0, 40)} there and back`, () => assert.deepStrictEqual(roundTrip(x), x));
}

test('ints and floats', () => {
  assert.strictEqual(roundTrip(5n), 5);
  assert.strictEqual(roundTrip(new Float(3)), 3);
});

test('objects become maps', () => {
  const made = roundTrip({ b: 1, a: { 7: [true] } });
  assert.deepStrictEqual(made, new Map([['b', 1], ['a', new Map([['7', [true]]])]]));
});

test('tensors in containers', () => {
  const { data } = roundTrip([{ x: Float32Array.of(1, 2) }])[0].get('x');
  assert.deepEqual(data, Float32Array.of(1, 2));
  const scalar = roundTrip(new Tensor(BigInt64Array.of(7n), []));
  assert.deepEqual([scalar.shape, scalar.data], [[], BigInt64Array.of(7n)]);
});

test('what cannot be a value', () => {
  for (const x of [undefined, Symbol('x'), () => 1, new Date(), /x/, new Set()]) {
    assert.throws(() => roundTrip([1, x]), TypeError);
  }
  assert.throws(() => roundTrip(2n ** 63n), RangeError);
  assert.throws(() => roundTrip('\ud800'), TypeError);
  const endless = [];
  endless.push(endless);
  assert.throws(() => roundTrip(endless), RangeError);
});

test('methods by position and by name', () =>
  withModel(TOUR, (model) => {
    const amounts = new Map([['z', 1], ['a', 3]]);
    const expected = new Map([['#z', 0.25], ['#a', 0.75]]);
    assert.deepEqual(model.run('shares', ['#', amounts]), expected);
    assert.deepEqual(model.run('shares', [], { amounts, prefix: '#' }), expected);
    assert.throws(() => model.run('shares', ['#'], { amounds: amounts }), /amounds/);
    assert.throws(() => model.run('shares', '#'), TypeError);
    assert.throws(() => model.run('no\0thing'), TypeError);
    assert.throws(() => model.run('nothing'), { code: 2 });
  }));

test('only tsrt makes models and objects', () => {
  assert.throws(() => new Model(), TypeError);
  assert.throws(() => new ModelObject(), TypeError);
});
