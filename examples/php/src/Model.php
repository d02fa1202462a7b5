<?php

declare(strict_types=1);

namespace Tsrt;

use FFI\CData;

/**
 * A model. It is freed with the last reference to it; free() does so at once. `clone $model` is a
 * model with state of its own and the same weights.
 */
final class Model
{
    private const MODEL = 'tsrt_model *';

    /** How many tensors forward may take, and return. */
    private const MOST = 64;

    private ?CData $handle = null;

    // Where calls take inputs from and put outputs. Calls do not overlap: PHP has one thread, and
    // no call runs PHP.
    private static CData $inputs;
    private static CData $into;
    private static CData $outputs;
    private static CData $nOutputs;

    /**
     * Loads a model: new Model('model.pt', threads: 2, mmap: true).
     *
     * @param string|int|float|bool|array ...$options as in tsrt.h; a list repeats one
     */
    public function __construct(string $path, string|int|float|bool|array ...$options)
    {
        Library::text($path, 'the path');
        $text = self::optionText($options);
        $this->handle = Library::out(
            self::MODEL,
            fn (CData $out) => Library::$c->tsrt_model_load($path, $text, $out),
        );
        self::$inputs ??= Library::$c->new('tsrt_tensor[' . self::MOST . ']');
        self::$into ??= Library::$c->new('tsrt_tensor[' . self::MOST . ']');
        self::$outputs ??= Library::$c->new('tsrt_managed_tensor *[' . self::MOST . ']');
        self::$nOutputs ??= Library::place('size_t');
    }

    private static function optionText(array $options): string
    {
        $parts = [];
        foreach ($options as $key => $values) {
            foreach ((array) $values as $value) {
                $part = "$key=" . (is_bool($value) ? ($value ? 'yes' : 'no') : $value);
                if (str_contains($part, ',')) {
                    throw new \ValueError("there is a comma in the option $part");
                }
                $parts[] = $part;
            }
        }
        return Library::text(implode(',', $parts), 'an option');
    }

    public function __clone()
    {
        $source = $this->handle();
        $this->handle = null; // which is the other's to free, should this fail
        $this->handle = Library::out(
            self::MODEL,
            fn (CData $out) => Library::$c->tsrt_model_clone($source, $out),
        );
    }

    public function free(): void
    {
        $handle = $this->handle;
        $this->handle = null;
        if ($handle !== null) {
            Library::$c->tsrt_model_free($handle);
        }
    }

    public function __destruct()
    {
        $this->free();
    }

    /**
     * Runs `forward` on tensors: [$y] = $model->forward($x).
     *
     * @return list<Tensor>
     */
    public function forward(Tensor ...$inputs): array
    {
        $n = self::put($inputs, self::$inputs);
        Library::check(Library::$c->tsrt_model_forward(
            $this->handle(),
            self::$inputs,
            $n,
            self::$outputs,
            self::MOST,
            self::$nOutputs,
        ));
        $outputs = [];
        for ($i = 0, $nOutputs = self::$nOutputs[0]; $i < $nOutputs; ++$i) {
            $outputs[] = self::$outputs[$i];
        }
        foreach ($outputs as $i => $output) {
            $outputs[$i] = Tensor::adopt($output);
        }
        return $outputs;
    }

    /**
     * The same, with the results written into tensors over the program's own arrays.
     *
     * @param list<Tensor> $inputs
     * @param list<Tensor> $outputs
     */
    public function forwardInto(array $inputs, array $outputs): void
    {
        $nInputs = self::put($inputs, self::$inputs);
        $nOutputs = self::put($outputs, self::$into);
        Library::check(Library::$c->tsrt_model_forward_into(
            $this->handle(),
            self::$inputs,
            $nInputs,
            self::$into,
            $nOutputs,
        ));
    }

    /** Puts C's descriptions of the tensors side by side. Returns how many there are. */
    private static function put(array $tensors, CData $views): int
    {
        if (count($tensors) > self::MOST) {
            throw new \ValueError('there are more than ' . self::MOST . ' tensors');
        }
        $n = 0;
        foreach ($tensors as $tensor) {
            if (!$tensor instanceof Tensor) {
                throw new \TypeError('tensors are wanted, not ' . get_debug_type($tensor));
            }
            $views[$n++] = $tensor->view();
        }
        return $n;
    }

    /**
     * Runs any method: $model->run('method', 1, name: 2).
     *
     * @param mixed ...$args null, bool, int, float, string, Complex, Tensor, Tuple, Dict, Value, or
     *     an array of those: a list, or with other keys than 0, 1, 2, ... a dict
     * @return mixed the same, but a dict is always a Dict
     */
    public function run(string $method, mixed ...$args): mixed
    {
        Library::text($method, 'the method');
        $named = array_filter($args, is_string(...), ARRAY_FILTER_USE_KEY);
        $values = new Values();
        $positional = $values->make(new Tuple(array_values(array_diff_key($args, $named))));
        $byName = $named === [] ? null : $values->make($named);
        $handle = $this->handle();
        return Values::take(Library::out(
            Values::VALUE,
            fn (CData $out) =>
                Library::$c->tsrt_model_run($handle, $method, $positional, $byName, $out),
        ));
    }

    /** What there is to know of the model, as JSON. */
    public function describe(): string
    {
        $handle = $this->handle();
        $json = Library::out(
            'char *',
            fn (CData $out) => Library::$c->tsrt_model_describe($handle, $out),
        );
        try {
            return \FFI::string($json);
        } finally {
            Library::$c->tsrt_string_free($json);
        }
    }

    /** Stops the model's running calls. Those can only be in other threads than PHP's. */
    public function cancel(): void
    {
        Library::check(Library::$c->tsrt_model_cancel($this->handle()));
    }

    private function handle(): CData
    {
        return $this->handle ?? throw new \LogicException('the model has been freed');
    }
}
