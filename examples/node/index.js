export { ErrorCode, TsrtError } from './lib/errors.js';
export { extraFile, inspect, verify } from './lib/files.js';
export { Complex, DType, EnumMember, Float, Tuple } from './lib/kinds.js';
export { Model } from './lib/model.js';
export { ModelObject } from './lib/objects.js';
export { QuantizedTensor } from './lib/output.js';
export * from './lib/process.js';
export { Tensor } from './lib/tensor.js';
