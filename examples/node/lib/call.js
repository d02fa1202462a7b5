import { callAsync } from './async.js';
import { check } from './errors.js';
import * as c from './native.js';
import { takeValue } from './results.js';
import { text } from './text.js';
import { Loan } from './values.js';

/** What all calls of a method by its name have in common. */
function prepare(loan, handle, method, args, kwargs) {
  if (!Array.isArray(args)) throw new TypeError('args has to be an array');
  return [
    loan.borrow(handle),
    text(method, 'the method'),
    args.length ? loan.value(args) : null,
    kwargs ? loan.value(kwargs) : null,
  ];
}

export function callMethod(call, handle, method, args, kwargs) {
  const loan = new Loan();
  try {
    check(call(...prepare(loan, handle, method, args, kwargs), c.FIRST));
    return takeValue(c.out.words[0]);
  } finally {
    loan.end();
  }
}

export async function callMethodAsync(call, handle, method, args, kwargs, stop) {
  const loan = new Loan();
  try {
    const result = loan.hold(new c.Block(1));
    const prepared = prepare(loan, handle, method, args, kwargs);
    await callAsync(call, [...prepared, result.address], stop);
    return takeValue(result.words[0]);
  } finally {
    loan.end();
  }
}
