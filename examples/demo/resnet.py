"""ResNet-18 written out in torch.nn (He et al., 2015), so that the demo needs no torchvision."""

import torch
from torch import Tensor, nn


def convolution(n_in: int, n_out: int, size: int, stride: int) -> nn.Module:
    """A convolution without bias, and the batch normalization after it."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(n_out),
    )


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which is 1x1 where the shape changes."""

    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.first = convolution(n_in, n_out, 3, stride)
        self.second = convolution(n_out, n_out, 3, 1)
        same_shape = stride == 1 and n_in == n_out
        self.shortcut = nn.Identity() if same_shape else convolution(n_in, n_out, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(torch.relu(self.first(x)))
        return torch.relu(y + self.shortcut(x))


def resnet18() -> nn.Module:
    """Images (N, 3, 224, 224) to 1000 class scores; weights as torch's generator gives them."""
    layers: list[nn.Module] = [convolution(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    n_in = 64
    for n_out, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [BasicBlock(n_in, n_out, stride), BasicBlock(n_out, n_out, 1)]
        n_in = n_out
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000)]
    model = nn.Sequential(*layers)
    for module in model.modules():
        # Fresh statistics are 0 and 1, with which a normalization would do next to nothing.
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0.0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model.eval()
