"""Networks for signals and images whose parts keep their meaning when they move."""

from .adversarial import fgsm, pgd
from .digits import DigitNet, ShiftAveraged, wobble
from .lenet import (
    RBF,
    LeNet5,
    Subsampling,
    TableConv2d,
    connection_table,
    connections,
    modern_lenet5,
    rbf_loss,
    squash,
)
from .mnist1d import PooledCNN, StridedCNN
from .pooling import (
    MaxPool,
    max_pool2d,
    max_unpool2d,
    mean_pool2d,
    upsample_bilinear,
    upsample_nearest,
)
from .receptive_field import ReceptiveField, Window, reaches, receptive_field, sensitivity
from .residual import ResidualBlock, ResNet
from .shattered import Gradients, circle_gradients, cosine_by_lag, predicted_by_lag

__all__ = [
    "DigitNet",
    "Gradients",
    "LeNet5",
    "MaxPool",
    "PooledCNN",
    "RBF",
    "ReceptiveField",
    "ResNet",
    "ShiftAveraged",
    "ResidualBlock",
    "StridedCNN",
    "Subsampling",
    "TableConv2d",
    "Window",
    "circle_gradients",
    "connection_table",
    "connections",
    "cosine_by_lag",
    "fgsm",
    "max_pool2d",
    "max_unpool2d",
    "mean_pool2d",
    "modern_lenet5",
    "pgd",
    "predicted_by_lag",
    "rbf_loss",
    "reaches",
    "receptive_field",
    "sensitivity",
    "squash",
    "upsample_bilinear",
    "upsample_nearest",
    "wobble",
]
