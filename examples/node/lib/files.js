// Files, looked into without running anything in them. A source is a path, a file: URL, or bytes.
import { check } from './errors.js';
import * as c from './native.js';
import { bytes, contents, json, path, text } from './text.js';

/** What a file is and contains: what tsrt_inspect in tsrt.h says. */
export function inspect(source) {
  const data = bytes(source);
  return data ? json(c.inspect_buffer, data, data.length) : json(c.inspect, path(source));
}

/** Throws a TsrtError unless an archive is whole. */
export function verify(source) {
  const data = bytes(source);
  check(data ? c.verify_buffer(data, data.length) : c.verify(path(source)));
}

/** The bytes of a file that was saved with a model. */
export function extraFile(source, name) {
  const data = bytes(source);
  const wanted = text(name, 'the name');
  return data
    ? contents(c.extra_file_buffer, data, data.length, wanted)
    : contents(c.extra_file, path(source), wanted);
}
