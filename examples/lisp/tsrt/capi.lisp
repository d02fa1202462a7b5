;;;; The functions of tsrt.h that this binding calls, and its errors as conditions.

(in-package :tsrt)

(eval-when (:compile-toplevel :load-toplevel :execute)
  (cffi:load-foreign-library (or (uiop:getenvp "TSRT_LIBRARY") "libtsrt.so.0")))

;;; `dtype` is a struct of code, bits and lanes, here as the one number that its bytes are.
(cffi:defcstruct c-tensor
  (data :pointer)
  (device-type :int32)
  (device-id :int32)
  (ndim :int32)
  (dtype :uint32)
  (shape :pointer)
  (strides :pointer)
  (byte-offset :uint64))

(cffi:defcstruct managed-tensor
  (major :uint32)
  (minor :uint32)
  (manager :pointer)
  (deleter :pointer)
  (flags :uint64)
  (tensor (:struct c-tensor)))

(cffi:defctype text (:string :encoding :utf-8))

(defmacro define-c (&rest functions)
  "Each is (name result-type arguments...): those that can fail have the result :error."
  `(progn
     ,@(loop for (name result . arguments) in functions
             for lisp-name = (intern (substitute #\- #\_ (string-upcase name)))
             collect `(declaim (inline ,lisp-name))
             collect `(cffi:defcfun (,name ,lisp-name) ,(if (eq result :error) :pointer result)
                        ,@(loop for type in arguments collect (list (gensym) type))))))

(define-c
  ("tsrt_version" text)
  ("tsrt_abi_version" :int32)
  ("tsrt_live_handles" :int64)
  ("tsrt_error_code" :int32 :pointer)
  ("tsrt_error_message" text :pointer)
  ("tsrt_error_detail" text :pointer)
  ("tsrt_error_free" :void :pointer)
  ("tsrt_string_free" :void :pointer)
  ("tsrt_managed_tensor_free" :void :pointer)
  ("tsrt_tensor_copy" :error :pointer text :pointer)
  ("tsrt_value_new_none" :error :pointer)
  ("tsrt_value_new_bool" :error :bool :pointer)
  ("tsrt_value_new_int" :error :int64 :pointer)
  ("tsrt_value_new_float" :error :double :pointer)
  ("tsrt_value_new_complex" :error :double :double :pointer)
  ("tsrt_value_new_string" :error :pointer :size :pointer)
  ("tsrt_value_new_tensor" :error :pointer :pointer)
  ("tsrt_value_new_tuple" :error :pointer :size :pointer)
  ("tsrt_value_new_list" :error :pointer :size :pointer)
  ("tsrt_value_new_dict" :error :pointer :pointer :size :pointer)
  ("tsrt_value_kind" :int32 :pointer)
  ("tsrt_value_type" :error :pointer :pointer)
  ("tsrt_value_get_bool" :error :pointer :pointer)
  ("tsrt_value_get_int" :error :pointer :pointer)
  ("tsrt_value_get_float" :error :pointer :pointer)
  ("tsrt_value_get_complex" :error :pointer :pointer :pointer)
  ("tsrt_value_get_string" :error :pointer :pointer :pointer)
  ("tsrt_value_get_tensor" :error :pointer :pointer)
  ("tsrt_value_size" :error :pointer :pointer)
  ("tsrt_value_item" :error :pointer :size :pointer)
  ("tsrt_value_entry" :error :pointer :size :pointer :pointer)
  ("tsrt_value_free" :void :pointer)
  ("tsrt_model_load" :error text text :pointer)
  ("tsrt_model_clone" :error :pointer :pointer)
  ("tsrt_model_cancel" :error :pointer)
  ("tsrt_model_forward" :error :pointer :pointer :size :pointer :size :pointer)
  ("tsrt_model_forward_into" :error :pointer :pointer :size :pointer :size)
  ("tsrt_model_run" :error :pointer text :pointer :pointer :pointer)
  ("tsrt_model_describe" :error :pointer :pointer)
  ("tsrt_model_free" :void :pointer))

(define-condition tsrt-error (error)
  ((code :initarg :code :reader error-code)
   (message :initarg :message :reader error-message)
   (detail :initarg :detail :reader error-detail))
  (:documentation "What failed in tsrt. The codes are those of tsrt.h; there may be new ones.")
  (:report (lambda (condition stream) (write-string (error-message condition) stream))))

(defun fail (pointer)
  (unwind-protect (error 'tsrt-error :code (tsrt-error-code pointer)
                                     :message (tsrt-error-message pointer)
                                     :detail (tsrt-error-detail pointer))
    (tsrt-error-free pointer)))

(declaim (inline check))
(defun check (pointer)
  (unless (cffi:null-pointer-p pointer) (fail pointer)))

(defmacro result-of ((function &rest arguments) type)
  "What a function writes to where its last argument points."
  `(cffi:with-foreign-object (place ,type)
     (check (,function ,@arguments place))
     (cffi:mem-ref place ,type)))

(defun c-text (text)
  "Text for C, which ends it at a zero byte."
  (when (find (code-char 0) text) (error "there is a zero byte in ~s" text))
  text)

(defconstant +abi-version+ 0 "of the tsrt.h that this was written for")

(unless (= (tsrt-abi-version) +abi-version+)
  (error "libtsrt has the ABI ~d, and this binding was written for ~d"
         (tsrt-abi-version) +abi-version+))

(defun version () (tsrt-version))

(defun live-handles ()
  "How many models, tensors, values and errors there are in the process. For leak tests."
  (tsrt-live-handles))
