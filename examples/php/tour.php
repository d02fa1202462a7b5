<?php

/** What a model can do, from PHP: the same as in every other language. */

declare(strict_types=1);

require __DIR__ . '/tsrt.php';

use Tsrt\Error;
use Tsrt\Model;
use Tsrt\Tensor;

function show(Error $error): void
{
    echo "error {$error->getCode()}: {$error->getMessage()}\n";
}

function numbers(iterable $values): string
{
    return implode(' ', array_map(fn (float $x) => sprintf('%.3F', $x), [...$values]));
}

function matrices(Model $model): void
{
    $array = FFI::new('float[2][3]');
    for ($i = 0; $i < 6; ++$i) {
        $array[intdiv($i, 3)][$i % 3] = $i;
    }
    $x = Tensor::of($array);
    [$y] = $model->forward($x);
    echo 'forward: [', implode(', ', $y->shape), '] ', numbers($y->toArray()), "\n";

    $into = Tensor::of(FFI::new('float[2][2]'));
    $model->forwardInto([$x], [$into]);
    echo 'into: ', numbers($into->toArray()), "\n";
}

function shares(Model $model): void
{
    $shares = $model->run('shares', 'größe-', ['links' => 1.0, 'rechts' => 3.0]);
    $texts = [];
    foreach ($shares as $name => $share) {
        $texts[] = sprintf('%s=%.3F', $name, $share);
    }
    echo 'shares: ', implode(' ', $texts), "\n";
}

function averages(Model $model): void
{
    $average = fn (float ...$samples) => $model->run('average', Tensor::fromArray($samples));
    echo 'average: ', numbers([$average(1, 1), $average(2, 2), $average(3, 3)]), "\n";
    try {
        $average();
    } catch (Error $error) {
        show($error);
    }
    echo 'average: ', numbers([$average(4, 4)]), "\n";
}

if ($argc !== 2) {
    fwrite(STDERR, "usage: php tour.php model.pt\n");
    exit(1);
}
try {
    new Model('absent.pt');
} catch (Error $error) {
    show($error);
}
$model = new Model($argv[1]);
matrices($model);
shares($model);
averages($model);
$model->free();
echo 'live handles: ', Tsrt\live_handles(), "\n";
