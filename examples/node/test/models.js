import { liveHandles, Model } from '../index.js';

const folder = new URL('../../tour/', import.meta.url);

export const TOUR = new URL('tour.pt', folder);
export const IDENTITY = new URL('identity.pt', folder);

/** Loads a model for one test, and checks that the test has left nothing behind. */
export async function withModel(source, use) {
  const before = liveHandles();
  const model = Model.load(source);
  try {
    await use(model);
  } finally {
    model.close();
  }
  const left = liveHandles() - before;
  if (left) throw new Error(`${left} handles were not freed`);
}
