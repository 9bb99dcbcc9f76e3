"""The Tensor: an array that remembers where it came from.

A Tensor is a NumPy array and, if gradients are wanted, a node of the graph. It does not hold the
values it was computed from; the nodes hold those that a pullback needs, and no others. So the
memory of an intermediate result is returned as soon as nobody uses it.

``.grad`` is a NumPy array, ready for an update step. Only after ``backward(create_graph=True)``
is it a Tensor: then it is itself a function of the leaves and can be differentiated again.
Values without axes are NumPy scalars, as NumPy itself returns them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._graph import Node, _Mode, propagate
from ._writes import log_write


class Tensor:
    """An array that can be differentiated through.

    Args:
        data: Numbers: a copy is made. Lists become float64; a NumPy array keeps its type.
        requires_grad: Whether ``backward`` should compute the gradient with respect to it.
        name: What a drawing of the graph calls it.

    Raises:
        TypeError: If gradients are asked of whole numbers or booleans.

    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    array([2., 4., 6.])
    """

    __slots__ = ("_data", "_name", "_node")
    __array_ufunc__ = None  # so that array * Tensor asks the Tensor, and gives a Tensor
    __array_priority__ = 1000
    __hash__ = object.__hash__  # == compares values, so say that hashing goes by identity

    def __init__(self, data: Any, requires_grad: bool = False, name: str | None = None) -> None:
        if isinstance(data, Tensor):
            data = data._data
        elif not isinstance(data, np.ndarray | np.generic):
            data = _from_python(data)
        self._data = _as_numpy_returns(np.array(data))  # a copy
        self._node = None
        self._name = name
        if requires_grad:
            if self._data.dtype.kind != "f":
                raise TypeError(
                    "a Tensor that requires gradients must hold floating-point numbers; "
                    f"got {self._data.dtype}"
                )
            self._node = Node(None, None, self._data)
            self._node.name = name

    # ------------------------------------------------------------------ what it holds

    @property
    def data(self) -> np.ndarray:
        """The values; ``w.data -= lr * w.grad`` changes them in place."""
        return self._data

    @data.setter
    def data(self, new: Any) -> None:
        if new is self._data and isinstance(new, np.ndarray):  # an in-place operator was here
            log_write(new)
            return
        new = _as_numpy_returns(np.array(new, dtype=self._data.dtype))
        if new.shape != self._data.shape:
            raise ValueError(f"data must have shape {self._data.shape}; got {new.shape}")
        self._data = new  # the old array is left as it was to any graph that needs it

    @property
    def grad(self) -> Any:
        """The gradient collected by ``backward``, or None. Leaves only."""
        return self._node.grad if self._node is not None else None

    @grad.setter
    def grad(self, new: Any) -> None:
        if self._node is None:
            raise ValueError("only a Tensor that requires gradients can hold one; got one without")
        self._node.grad = new

    @property
    def name(self) -> str | None:
        """What a drawing calls it."""
        return self._name

    @name.setter
    def name(self, new: str | None) -> None:
        self._name = new
        if self._node is not None:
            self._node.name = new

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient can flow to it."""
        return self._node is not None

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by hand and not by an operation."""
        return self._node is None or self._node.rule is None

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of values."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype:
        """The type of each value."""
        return self._data.dtype

    def numpy(self) -> np.ndarray:
        """The values as a NumPy array that shares memory with the Tensor."""
        return np.asarray(self._data)

    def item(self) -> float:
        """The value of a Tensor of size 1 as a Python number."""
        return self._data.item()

    def detach(self) -> Tensor:
        """The same values, sharing memory, cut off from the graph."""
        return from_array(self._data)

    # ------------------------------------------------------------------ gradients

    def zero_grad(self) -> None:
        """Forget the collected gradient."""
        if self._node is not None:
            self._node.grad = None

    def backward(
        self, gradient: Any = None, *, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Add to ``.grad`` of each leaf the gradient of this value with respect to it.

        Args:
            gradient: The gradient with respect to this value, of its shape. May be left out if
                this is a single number; then it is 1.
            retain_graph: Keep what the graph holds, so that backward can be called again.
            create_graph: Record the backward pass too, so that ``.grad`` is a Tensor that can be
                differentiated. Implies ``retain_graph``.

        Raises:
            ValueError: If this value needs no gradient, if it is not a single number and
                ``gradient`` is missing, if the shape of ``gradient`` is another, if the graph was
                freed by an earlier call, or if needed values were changed in place.
        """
        if self._node is None:
            raise ValueError(
                "backward needs a Tensor that was computed from one with requires_grad=True; "
                "got one that requires no gradient"
            )
        g = seed_gradient(self, gradient)
        if create_graph:
            g = g if isinstance(g, Tensor) else from_array(g)
        else:
            g = raw(g)
        reached = propagate(
            self._node, g, retain=retain_graph or create_graph, create_graph=create_graph
        )
        handed_out = {id(g)}  # gradients that somebody else holds already
        for leaf, g in reached.items():
            if not create_graph:
                g = own(g, handed_out, leaf.dtype)
            leaf.grad = g if leaf.grad is None else leaf.grad + g

    # ------------------------------------------------------------------ Python's own protocols

    def __setitem__(self, index: Any, value: Any) -> None:
        """Change values in place. Not recorded: for data, and for parameters under no_grad()."""
        if _Mode.recording and (self.requires_grad or requires_grad(value)):
            raise ValueError(
                "assignment into a Tensor is not recorded in the graph; expected it inside "
                "no_grad(), or `where` instead; got a Tensor or a value that requires gradients"
            )
        value = value._data if isinstance(value, Tensor) else value
        if isinstance(self._data, np.ndarray):
            self._data[index] = value
            log_write(self._data)
        else:  # a NumPy scalar cannot change: take a new one
            array = np.array(self._data)
            array[index] = value
            self._data = _as_numpy_returns(array)

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return bool(self._data)

    def __float__(self) -> float:
        return float(self._data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._data, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self._data), separator=", ", prefix="Tensor(")
        name = f", name={self._name!r}" if self._name else ""
        return f"Tensor({text}{', requires_grad=True' * self.requires_grad}{name})"


def from_array(data: Any, node: Node | None = None) -> Tensor:
    """A Tensor around an array, without a copy and without questions."""
    tensor = _new(Tensor)
    tensor._data = data
    tensor._node = node
    tensor._name = None
    return tensor


_new = object.__new__


def raw(x: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return x._data if x.__class__ is Tensor else x


def seed_gradient(value: Tensor, gradient: Any) -> Any:
    """Check the gradient that a backward pass starts from. Returns an array or a Tensor."""
    if gradient is None:
        if value.size != 1:
            raise ValueError(
                "backward without a gradient needs a value of a single number; "
                f"got shape {value.shape}"
            )
        one = value.dtype.type(1)
        return np.full(value.shape, one) if value.shape else one
    if np.shape(raw(gradient)) != value.shape:
        raise ValueError(
            f"gradient must have shape {value.shape}, that of the value; "
            f"got {np.shape(raw(gradient))}"
        )
    return gradient if isinstance(gradient, Tensor) else np.asarray(gradient, value.dtype)[()]


def _as_numpy_returns(array: np.ndarray) -> Any:
    """An array without axes becomes a NumPy scalar, for which arithmetic is many times faster."""
    return array if array.ndim else array[()]


def _from_python(data: Any) -> np.ndarray:
    array = np.asarray(data)
    return array.astype(np.float64) if array.dtype.kind in "iu" else array


def own(g: Any, handed_out: set[int], dtype: np.dtype) -> Any:
    """The gradient g as an array of this type, copied if others may hold the same memory."""
    if g.dtype is not dtype and g.dtype != dtype:  # the first test is quick and mostly enough
        return g.astype(dtype)
    if isinstance(g, np.ndarray) and (g.base is not None or id(g) in handed_out):
        return g.copy()
    handed_out.add(id(g))
    return g


def requires_grad(x: Any) -> bool:
    return isinstance(x, Tensor) and x._node is not None
