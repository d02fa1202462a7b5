<?php

/** Nanoseconds for a call: the median of 15 blocks. */

declare(strict_types=1);

require __DIR__ . '/tsrt.php';

function calls(Tsrt\Model $model, Tsrt\Tensor $x, int $times): void
{
    $sum = 0.0;
    for ($i = 0; $i < $times; ++$i) {
        [$y] = $model->forward($x);
        $sum += $y[0];
        $y->free();
    }
    if ($sum != $times) {
        throw new UnexpectedValueException("the sum is $sum");
    }
}

if ($argc !== 2) {
    fwrite(STDERR, "usage: php bench.php identity.pt\n");
    exit(1);
}
$model = new Tsrt\Model($argv[1]);
$x = Tsrt\Tensor::fromArray([1, 1, 1, 1]);
calls($model, $x, 20000);
$blocks = [];
for ($i = 0; $i < 15; ++$i) {
    $start = hrtime(true);
    calls($model, $x, 10000);
    $blocks[] = (hrtime(true) - $start) / 10000;
}
sort($blocks);
printf("%.1F\n", $blocks[7]);
