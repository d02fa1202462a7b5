;;;; Models.

(in-package :tsrt)

(defstruct (model (:constructor make-model (handle)) (:copier nil))
  "All threads may run one model at once. close-model or with-model frees it; when both are
forgotten, the garbage collector does."
  (handle (cffi:null-pointer) :type cffi:foreign-pointer))

(defun adopt-model (handle)
  (let ((model (make-model handle)))
    (sb-ext:finalize model (lambda () (tsrt-model-free handle)) :dont-save t)
    model))

(defun load-model (path &optional options)
  "`options` such as \"threads=1,timeout=0.5\": see tsrt_model_load. A model is a program: load what
you trust."
  (let ((path (if (pathnamep path) (uiop:native-namestring path) path)))
    (adopt-model (result-of (tsrt-model-load (c-text path) (c-text (or options ""))) :pointer))))

(defun close-model (model)
  "Frees it. Calls of other threads that are inside end as they would have."
  (let ((handle (shiftf (model-handle model) (cffi:null-pointer))))
    (sb-ext:cancel-finalization model)
    (tsrt-model-free handle)))

(defmacro with-model ((variable path &optional options) &body body)
  `(let ((,variable (load-model ,path ,options)))
     (unwind-protect (progn ,@body)
       (close-model ,variable))))

(defmacro in-call ((handle model) &body body)
  "Around each call. The model is not collected meanwhile, and no interrupt (a key, a timeout,
terminate-thread) unwinds through C: it waits until the call has returned."
  (let ((object (gensym)))
    `(let* ((,object ,model) (,handle (model-handle ,object)))
       (when (cffi:null-pointer-p ,handle) (error "the model is closed"))
       (sb-sys:with-pinned-objects (,object)
         (sb-sys:without-interrupts ,@body)))))

(defun clone-model (model)
  "A second model with a state of its own, and the same weights in the same memory."
  (in-call (handle model)
    (adopt-model (result-of (tsrt-model-clone handle) :pointer))))

(defun cancel (model)
  "Stops the calls that run now, on whatever thread."
  (in-call (handle model) (check (tsrt-model-cancel handle))))

(defun describe-model (model)
  "What there is to know of it, as JSON."
  (in-call (handle model)
    (let ((json (result-of (tsrt-model-describe handle) :pointer)))
      (unwind-protect (values (cffi:foreign-string-to-lisp json :encoding :utf-8))
        (tsrt-string-free json)))))

;;; ---- forward ----------------------------------------------------------------------------------

(defconstant +capacity+ 16 "how many outputs forward can return")

(declaim (inline call-forward))
(defun call-forward (model inputs capacity outputs)
  "Fills `outputs`. Returns how many there are."
  (with-c-tensors (tensors inputs)
    (cffi:with-foreign-object (n :size)
      (check (tsrt-model-forward model tensors (length inputs) outputs capacity n))
      (cffi:mem-ref n :size))))

(defun forward (model &rest inputs)
  "Runs the model on arrays. Returns its outputs, as new arrays."
  (in-call (handle model)
    (cffi:with-foreign-object (outputs :pointer +capacity+)
      (let* ((n (call-forward handle inputs +capacity+ outputs))
             (handles (loop for i below n collect (cffi:mem-aref outputs :pointer i))))
        (unwind-protect (values-list (loop while handles collect (adopt (pop handles))))
          (mapc #'tsrt-managed-tensor-free handles))))))

(defun forward-into (model inputs outputs)
  "Writes the results into the arrays of the list `outputs`."
  (when (some (lambda (array) (typep array '(array bit))) outputs)
    (error "arrays of bits cannot be written to"))
  (in-call (handle model)
    (with-c-tensors (ins inputs)
      (with-c-tensors (outs outputs)
        (check (tsrt-model-forward-into handle ins (length inputs) outs (length outputs)))
        (values)))))

(defmacro with-forward (((&rest variables) model &rest inputs) &body body)
  "Runs the model on arrays and the body with its outputs, which are tensors, in the variables. They
are where tsrt put them, and freed at the end; what is not row-major is copied."
  (let ((n (length variables)))
    `(call-with-forward (lambda (outputs) (destructuring-bind ,variables outputs ,@body))
                        ,model (list ,@inputs) ,n)))

(defun call-with-forward (function model inputs capacity)
  (in-call (handle model)
    (cffi:with-foreign-object (outputs :pointer +capacity+)
      (let* ((n (call-forward handle inputs capacity outputs))
             (tensors (loop for i below n
                            collect (make-tensor (cffi:mem-aref outputs :pointer i)))))
        (unwind-protect
             (progn
               (dolist (tensor tensors)
                 (setf (tensor-handle tensor) (row-major (tensor-handle tensor))))
               (sb-sys:with-local-interrupts (funcall function tensors)))
          (dolist (tensor tensors)
            (tsrt-managed-tensor-free (shiftf (tensor-handle tensor) (cffi:null-pointer)))))))))

;;; ---- other methods ----------------------------------------------------------------------------

(defun run (model method arguments &optional (keywords (dict)))
  "Any method, on a list of arguments, and on those by name: `(run model \"scale\" (list x) (dict
\"by\" 2))`. What values look like in Lisp stands in values.lisp."
  (in-call (handle model)
    (call-with-value
     (lambda (both)
       (let ((args (result-of (tsrt-value-item both 0) :pointer))
             (kwargs (result-of (tsrt-value-item both 1) :pointer)))
         (unwind-protect (take (result-of (tsrt-model-run handle (c-text method) args kwargs)
                                          :pointer))
           (tsrt-value-free args)
           (tsrt-value-free kwargs))))
     (list (coerce arguments 'simple-vector) keywords))))
