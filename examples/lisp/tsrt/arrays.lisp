;;;; Lisp arrays as inputs, without a copy; outputs as tensors in tsrt's memory, or as Lisp arrays.

(in-package :tsrt)

;;; ---- element types ----------------------------------------------------------------------------

(eval-when (:compile-toplevel :load-toplevel :execute)
  (defun dtype (code bits) (logior code (ash bits 8) (ash 1 16)))
  (defparameter *dtypes*
    `((single-float ,(dtype 2 32) :float)
      (double-float ,(dtype 2 64) :double)
      ((signed-byte 64) ,(dtype 0 64) :int64)
      ((signed-byte 32) ,(dtype 0 32) :int32)
      ((signed-byte 16) ,(dtype 0 16) :int16)
      ((signed-byte 8) ,(dtype 0 8) :int8)
      ((unsigned-byte 8) ,(dtype 1 8) :uint8))
    "The types of elements that Lisp and tsrt have: Lisp's, tsrt's and CFFI's name for them."))

(defconstant +bool+ (dtype 6 8) "In Lisp a bit, which is copied: eight share a byte.")

(defun refuse-array (array)
  (error 'simple-type-error
         :datum array :expected-type 'array
         :format-control "an array of ~s is no tensor: make it with an :element-type such as ~
                          single-float, double-float or (signed-byte 64)"
         :format-arguments (list (array-element-type array))))

(defun bytes-of-bits (bits start)
  (map '(simple-array (unsigned-byte 8) (*)) #'identity (subseq bits start)))

(declaim (inline storage))
(defun storage (array)
  "The vector that holds the elements, the number of bytes before the first, and tsrt's type."
  (multiple-value-bind (vector start)
      (if (typep array '(simple-array * (*))) (values array 0) (base array))
    (declare (fixnum start))
    (macrolet ((dispatch ()
                 `(typecase vector
                    ,@(loop for (type dtype) in *dtypes*
                            for size = (ash (ldb (byte 8 8) dtype) -3)
                            collect `((simple-array ,type (*))
                                      (values vector (the fixnum (* start ,size)) ,dtype)))
                    (simple-bit-vector (values (bytes-of-bits vector start) 0 +bool+))
                    (t (refuse-array array)))))
      (dispatch))))

(defun base (array)
  "The vector under an array with dimensions, a fill pointer, or displaced to another one."
  (let ((start 0))
    (loop
      (multiple-value-bind (next offset) (array-displacement array)
        (unless next (return (values (sb-ext:array-storage-vector array) start)))
        (incf start offset)
        (setf array next)))))

;;; ---- inputs -----------------------------------------------------------------------------------

(defconstant +c-tensor-size+ (cffi:foreign-type-size '(:struct c-tensor)))

(declaim (inline write-c-tensor))
(defun write-c-tensor (place shape array data dtype)
  "At `place`, with the sizes at `shape`."
  (let ((rank (array-rank array)))
    (macrolet ((slot (name) `(cffi:foreign-slot-value place '(:struct c-tensor) ',name)))
      (setf (slot data) data
            (slot device-type) 1
            (slot device-id) 0
            (slot ndim) rank
            (slot dtype) dtype
            (slot shape) shape
            (slot strides) (cffi:null-pointer)
            (slot byte-offset) 0))
    (if (= rank 1)
        (setf (cffi:mem-ref shape :int64) (length (the vector array))) ; up to its fill pointer
        (dotimes (i rank)
          (setf (cffi:mem-aref shape :int64 i) (array-dimension array i))))))

(declaim (inline call-with-c-tensors))
(defun call-with-c-tensors (function arrays)
  "Calls it with a pointer to as many tensors, over the arrays' memory, which stays where it is."
  (let* ((count (length arrays))
         (ranks (loop for array in arrays sum (array-rank (the array array)) of-type fixnum))
         (bytes (make-array (+ (* count +c-tensor-size+) (* 8 (the (integer 0 100000) ranks)))
                            :element-type '(unsigned-byte 8))))
    (declare (dynamic-extent bytes) (type (integer 0 100000) count))
    (cffi:with-pointer-to-vector-data (tensors bytes)
      (labels ((next (arrays tensor shape)
                 (if (null arrays)
                     (funcall function tensors)
                     (multiple-value-bind (vector start dtype) (storage (first arrays))
                       (cffi:with-pointer-to-vector-data (data vector)
                         (write-c-tensor tensor shape (first arrays)
                                         (cffi:inc-pointer data start) dtype)
                         (next (rest arrays)
                               (cffi:inc-pointer tensor +c-tensor-size+)
                               (cffi:inc-pointer shape (* 8 (array-rank (first arrays))))))))))
        (next arrays tensors (cffi:inc-pointer tensors (* count +c-tensor-size+)))))))

(defmacro with-c-tensors ((pointer arrays) &body body)
  `(call-with-c-tensors (lambda (,pointer) ,@body) ,arrays))

;;; ---- outputs ----------------------------------------------------------------------------------

(defstruct (tensor (:constructor make-tensor (handle)) (:copier nil))
  "A model's output, in tsrt's memory; row-major. Usable within the with-forward that it is from."
  (handle (cffi:null-pointer) :type cffi:foreign-pointer))

(declaim (inline c-tensor))
(defun c-tensor (handle)
  (cffi:foreign-slot-pointer handle '(:struct managed-tensor) 'tensor))
(defmacro slot (c-tensor name)
  `(cffi:foreign-slot-value ,c-tensor '(:struct c-tensor) ',name))

(declaim (inline opened))
(defun opened (tensor)
  (let ((handle (tensor-handle tensor)))
    (when (cffi:null-pointer-p handle)
      (error "this tensor was freed at the end of its with-forward"))
    (c-tensor handle)))

(defun dimensions (c-tensor)
  (loop for i below (slot c-tensor ndim) collect (cffi:mem-aref (slot c-tensor shape) :int64 i)))

(defun row-major-p (c-tensor)
  (or (cffi:null-pointer-p (slot c-tensor strides))
      (loop with step = 1
            for i from (1- (slot c-tensor ndim)) downto 0
            for size = (cffi:mem-aref (slot c-tensor shape) :int64 i)
            always (or (= size 1) (= step (cffi:mem-aref (slot c-tensor strides) :int64 i)))
            do (setf step (* step size)))))

(defun row-major (handle)
  "The tensor on the host and row-major. Frees `handle` if that is another one."
  (declare (inline row-major-p))
  (let ((c-tensor (c-tensor handle)))
    (if (and (= (slot c-tensor device-type) 1) (row-major-p c-tensor))
        handle
        (unwind-protect (result-of (tsrt-tensor-copy c-tensor "cpu") :pointer)
          (tsrt-managed-tensor-free handle)))))

(declaim (inline data))
(defun data (c-tensor)
  (cffi:inc-pointer (slot c-tensor data) (slot c-tensor byte-offset)))

(defun element-type (c-tensor)
  (let ((dtype (slot c-tensor dtype)))
    (cond ((= dtype +bool+) 'bit)
          ((first (find dtype *dtypes* :key #'second)))
          (t (error "Lisp's arrays have no elements of this tensor's type (code ~d, ~d bits)"
                    (ldb (byte 8 0) dtype) (ldb (byte 8 8) dtype))))))

(defun to-array (c-tensor)
  "A copy."
  (let* ((array (make-array (dimensions c-tensor) :element-type (element-type c-tensor)))
         (size (array-total-size array)))
    (if (typep array '(array bit))
        (dotimes (i size)
          (setf (row-major-aref array i) (cffi:mem-aref (data c-tensor) :uint8 i)))
        (cffi:with-pointer-to-vector-data (memory (storage array))
          (cffi:foreign-funcall "memcpy" :pointer memory :pointer (data c-tensor)
                                :size (* size (floor (ldb (byte 8 8) (slot c-tensor dtype)) 8))
                                :pointer)))
    array))

(defun adopt (handle)
  "An output as a Lisp array; the tensor is freed."
  (let ((handle (row-major handle)))
    (unwind-protect (to-array (c-tensor handle))
      (tsrt-managed-tensor-free handle))))

(defun tensor-dimensions (tensor) (dimensions (opened tensor)))
(defun tensor-element-type (tensor) (element-type (opened tensor)))
(defun tensor-array (tensor) "A copy." (to-array (opened tensor)))

(declaim (inline tensor-size tensor-pointer tref))
(defun tensor-size (tensor)
  "How many elements there are."
  (let ((c-tensor (opened tensor)) (size 1))
    (declare (type (unsigned-byte 62) size))
    (dotimes (i (slot c-tensor ndim) size)
      (setf size (the (unsigned-byte 62) (* size (cffi:mem-aref (slot c-tensor shape) :int64 i)))))))

(defun tensor-pointer (tensor)
  "Where the elements are, for foreign functions and cffi:mem-aref."
  (data (opened tensor)))

(defun tref (tensor index)
  "An element, by its row-major index."
  (let ((size (tensor-size tensor)) (data (tensor-pointer tensor)))
    (unless (typep index `(integer 0)) (error 'type-error :datum index :expected-type 'unsigned-byte))
    (unless (< index size) (error "there is no element ~d among ~d" index size))
    (macrolet ((dispatch ()
                 `(case (slot (opened tensor) dtype)
                    ,@(loop for (nil dtype type) in *dtypes*
                            collect `(,dtype (cffi:mem-aref data ,type index)))
                    (,+bool+ (cffi:mem-aref data :uint8 index))
                    (t (element-type (opened tensor))))))
      (dispatch))))
