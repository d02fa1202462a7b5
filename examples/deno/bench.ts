// Prints how many nanoseconds a call takes: deno run --allow-env --allow-ffi bench.ts identity.pt
import { Model, Tensor } from "./tsrt.ts";

const BLOCKS = 15;
const CALLS = 10_000;

function measure(path: string) {
  using model = Model.load(path);
  const input = new Tensor(new Float32Array(4).fill(1));
  let sum = 0;
  const call = (times: number) => {
    for (let i = 0; i < times; i++) sum += model.forward(input)[0].data[0] as number;
  };
  call(2 * CALLS);
  const blocks = Array.from({ length: BLOCKS }, () => {
    const start = performance.now();
    call(CALLS);
    return ((performance.now() - start) * 1e6) / CALLS;
  });
  if (sum !== (2 + BLOCKS) * CALLS) throw new Error(`the sum is ${sum}`);
  return blocks.sort((a, b) => a - b)[(BLOCKS - 1) / 2];
}

if (Deno.args.length === 1) {
  console.log(measure(Deno.args[0]).toFixed(1));
} else {
  console.error("usage: bench.ts identity.pt");
  Deno.exit(1);
}
