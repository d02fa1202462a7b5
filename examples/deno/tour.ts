// A tour of what a model can do: deno run --allow-env --allow-ffi tour.ts tour.pt
import { liveHandles, Model, Tensor, TsrtError } from "./tsrt.ts";

const THREADS = 4;
const CALLS = 250;

/** Prints the error that something ends with. */
function refused(what: () => unknown) {
  try {
    what();
  } catch (error) {
    if (!(error instanceof TsrtError)) throw error;
    console.log(`error ${error.code}: ${error.message}`);
  }
}

function list(numbers: Iterable<number | bigint>) {
  return Array.from(numbers, (number) => Number(number).toFixed(3)).join(" ");
}

async function countSame(model: Model, input: Tensor, expected: Tensor) {
  let same = 0;
  for (let i = 0; i < CALLS; i++) {
    const [output] = await model.forwardAsync(input);
    if (list(output.data) === list(expected.data)) same++;
  }
  return same;
}

async function tour(path: string) {
  refused(() => Model.load("absent.pt"));
  using model = Model.load(path);

  const input = new Tensor(Float32Array.of(0, 1, 2, 3, 4, 5), [2, 3]);
  const [output] = model.forward(input);
  console.log(`forward: [${output.shape.join(", ")}] ${list(output.data)}`);

  const own = new Tensor(new Float32Array(4), [2, 2]);
  model.forwardInto(input, own);
  console.log(`into: ${list(own.data)}`);

  const shares = model.run("shares", ["größe-", { links: 1, rechts: 3 }]) as Map<string, number>;
  const entries = Array.from(shares, ([name, share]) => `${name}=${share.toFixed(3)}`);
  console.log(`shares: ${entries.join(" ")}`);

  const average = (...samples: number[]) =>
    model.run("average", [Float32Array.of(...samples)]) as number;
  console.log(`average: ${list([average(1, 1), average(2, 2), average(3, 3)])}`);
  refused(() => average());
  console.log(`average: ${list([average(4, 4)])}`);

  const loops = Array.from({ length: THREADS }, () => countSame(model, input, output));
  const same = (await Promise.all(loops)).reduce((sum, n) => sum + n);
  const all = same === THREADS * CALLS ? "all" : same;
  console.log(`parallel: ${THREADS} threads, ${THREADS * CALLS} calls, ${all} the same`);
}

if (Deno.args.length === 1) {
  await tour(Deno.args[0]);
  console.log(`live handles: ${liveHandles()}`);
} else {
  console.error("usage: tour.ts tour.pt");
  Deno.exit(1);
}
