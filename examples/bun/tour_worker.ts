// What the workers of the tour do: calls on the model that the tour has loaded.
import { Model, Tensor, type TypedArray } from "./tsrt";

declare const self: Worker;

export interface Job {
  model: number;
  calls: number;
  data: TypedArray;
  shape: readonly number[];
  expected: TypedArray;
}

self.onmessage = ({ data: job }: MessageEvent<Job>) => {
  const model = Model.at(job.model);
  const input = new Tensor(job.data, job.shape);
  let same = 0;
  for (let i = 0; i < job.calls; i++) {
    const [output] = model.forward(input);
    if (output.data.every((number, k) => number === job.expected[k])) same++;
  }
  self.postMessage(same);
};
