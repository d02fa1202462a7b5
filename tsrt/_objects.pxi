# Objects of TorchScript classes. Included by _core.pyx.

cdef str type_of(Value value):
    cdef const char *name = NULL
    check(tsrt_value_type(value.handle, &name))
    return name.decode()


cdef object attribute_of(Value value, str name):
    cdef Value attribute = Value.__new__(Value)
    cdef bytes text = encode(name, "the name of the attribute")
    check(tsrt_value_attribute(value.handle, text, &attribute.handle))
    return from_value(attribute)


cdef Object wrap_object(Value value):
    cdef Object wrapped = Object.__new__(Object)
    wrapped.value = value
    return wrapped


@cython.final
cdef class Object:
    """An object of a TorchScript class (or of an operator library's C++ class) from a model.

    Its methods and attributes have their names in the model: `decoder.step(x)`, `decoder.count`.
    Attributes are copies. Pass it to methods of the model it came from: by reference, so that what
    a method does to it shows. It outlives the model.
    """

    cdef Value value
    cdef dict about

    def __init__(self):
        raise errors.InvalidArgumentError("objects come from models and cannot be made in Python")

    def _describe(self):
        cdef char *text = NULL
        if self.about is None:
            check(tsrt_value_describe(self.value.handle, &text))
            self.about = json.loads(take_json(text))
        return self.about

    @property
    def type(self):
        """The class, in TorchScript's notation: "__torch__.Decoder"."""
        return self._describe()["type"]

    def run(self, method, /, *args, **kwargs):
        """Runs a method by name; arguments, results and errors as those of Model.run.

        Raises NotFoundError when the class has no such method.
        """
        cdef list keep = []
        cdef bytes name = encode(method, "method")
        cdef const char *c_name = name
        cdef Value c_args = to_value(args, keep)
        cdef Value c_kwargs = to_value(kwargs, keep)
        cdef Value result = Value.__new__(Value)
        cdef tsrt_error *error
        with nogil:
            error = tsrt_value_call(
                self.value.handle, c_name, c_args.handle, c_kwargs.handle, &result.handle)
        check(error)
        return from_value(result)

    def __getattr__(self, name):
        about = self._describe()
        if name in about["methods"]:
            return functools.partial(self.run, name)
        if name in about["attributes"]:
            return attribute_of(self.value, name)
        raise AttributeError(f"the object {about['type']} has no method or attribute {name!r}")

    def __dir__(self):
        about = self._describe()
        return [*object.__dir__(self), *about["methods"], *about["attributes"]]

    def __repr__(self):
        return f"<tsrt.Object {self.type}>"
