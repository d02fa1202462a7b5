;;;; What methods take and return when that is more than tensors, as Lisp's own data:
;;;;
;;;;     None  :none        int    integer                  list   simple-vector
;;;;     True  t            float  double-float             tuple  list
;;;;     False nil          str    string                   dict   dict, also from a hash table
;;;;                        complex  (complex double-float)  tensor  array of numbers or bits

(in-package :tsrt)

(defstruct (dict (:constructor make-dict (entries)) (:copier nil))
  "Keys with their items, (key . item), in the order in which they came in."
  (entries '() :type list :read-only t))

(defun dict (&rest keys-and-items)
  "`(dict \"alpha\" 0.5 \"beta\" 2.0)`"
  (make-dict (loop for (key item) on keys-and-items by #'cddr collect (cons key item))))

(defun entries (dict) (dict-entries dict))
(defun entry (dict key) (cdr (assoc key (dict-entries dict) :test #'equal)))

(defun as-dict (table)
  (make-dict (loop for key being the hash-keys of table using (hash-value item)
                   collect (cons key item))))

(defun numeric-array-p (x)
  (and (arrayp x) (not (stringp x)) (not (eq (array-element-type x) t))))

;;; ---- to tsrt ----------------------------------------------------------------------------------

(defvar *made* '() "The values of a call, which are freed together.")
(defvar *pinned* '() "Of each array among a call's arguments, in order: itself, vector, start, type.")

(defun arrays-in (x)
  "The arrays of numbers, in the order in which `new-value` comes to them."
  (let ((arrays '()))
    (labels ((walk (x)
               (cond ((numeric-array-p x) (push x arrays))
                     ((stringp x))
                     ((simple-vector-p x) (map nil #'walk x))
                     ((consp x) (mapc #'walk x))
                     ((hash-table-p x) (walk (as-dict x)))
                     ((dict-p x)
                      (loop for (key . item) in (dict-entries x) do (walk key) (walk item))))))
      (walk x))
    (nreverse arrays)))

(defmacro new (function &rest arguments)
  `(let ((made (result-of (,function ,@arguments) :pointer)))
     (push made *made*)
     made))

(defun call-with-pointers (function pointers)
  "With an array of them, and how many there are."
  (let ((words (map '(simple-array (unsigned-byte 64) (*)) #'cffi:pointer-address pointers)))
    (cffi:with-pointer-to-vector-data (array words)
      (funcall function array (length words)))))

(defun new-items (kind items)
  (call-with-pointers (lambda (array n)
                        (ecase kind
                          (list (new tsrt-value-new-list array n))
                          (tuple (new tsrt-value-new-tuple array n))))
                      (map 'vector #'new-value items)))

(defun new-dict (dict)
  (let ((pairs (loop for (key . item) in (dict-entries dict)
                     collect (cons (new-value key) (new-value item)))))
    (call-with-pointers
     (lambda (keys n)
       (call-with-pointers (lambda (items n) (new tsrt-value-new-dict keys items n))
                           (mapcar #'cdr pairs))
       n)
     (mapcar #'car pairs))
    (first *made*)))

(defun new-string (text)
  (cffi:with-foreign-string ((characters size) text :encoding :utf-8 :null-terminated-p nil)
    (new tsrt-value-new-string characters size)))

(defun new-tensor (array)
  (destructuring-bind (pinned vector start dtype) (pop *pinned*)
    (assert (eq pinned array))
    (cffi:with-foreign-objects ((tensor '(:struct c-tensor))
                                (shape :int64 (max 1 (array-rank array))))
      (cffi:with-pointer-to-vector-data (data vector)
        (write-c-tensor tensor shape array (cffi:inc-pointer data start) dtype)
        (new tsrt-value-new-tensor tensor)))))

(defun new-value (x)
  (typecase x
    ((eql :none) (new tsrt-value-new-none))
    (boolean (new tsrt-value-new-bool x))
    ((signed-byte 64) (new tsrt-value-new-int x))
    (real-number (new tsrt-value-new-float (coerce x 'double-float)))
    (complex (new tsrt-value-new-complex (coerce (realpart x) 'double-float)
                  (coerce (imagpart x) 'double-float)))
    (string (new-string x))
    (simple-vector (new-items 'list x))
    (cons (new-items 'tuple x))
    (dict (new-dict x))
    (hash-table (new-dict (as-dict x)))
    (array (new-tensor x))
    (t (error "tsrt has no value for ~s, of type ~s" x (type-of x)))))

(deftype real-number () '(or float ratio))

(defun call-pinned (function inputs)
  "With the vectors under the arrays where they are: the garbage collector does not move them."
  (if (null inputs)
      (funcall function)
      (sb-sys:with-pinned-objects ((second (first inputs)))
        (call-pinned function (rest inputs)))))

(defun call-with-value (function x)
  "With a tsrt_value for `x`, which is freed afterwards."
  (let* ((*made* '())
         (inputs (loop for array in (arrays-in x)
                       collect (cons array (multiple-value-list (storage array)))))
         (*pinned* inputs))
    (call-pinned (lambda ()
                   (unwind-protect (funcall function (new-value x))
                     (mapc #'tsrt-value-free *made*)))
                 inputs)))

;;; ---- from tsrt --------------------------------------------------------------------------------

(defun read-string (value)
  (cffi:with-foreign-objects ((characters :pointer) (size :size))
    (check (tsrt-value-get-string value characters size))
    (let ((babel-encodings:*suppress-character-coding-errors* t)) ; models cut text by bytes
      (values (cffi:foreign-string-to-lisp (cffi:mem-ref characters :pointer)
                                           :count (cffi:mem-ref size :size) :encoding :utf-8)))))

(defun read-complex (value)
  (cffi:with-foreign-objects ((real :double) (imaginary :double))
    (check (tsrt-value-get-complex value real imaginary))
    (complex (cffi:mem-ref real :double) (cffi:mem-ref imaginary :double))))

(defun take (value)
  "A value as Lisp's data; the value is freed."
  (unwind-protect (read-value value)
    (tsrt-value-free value)))

(defun read-items (value)
  (loop for i below (result-of (tsrt-value-size value) :size)
        collect (take (result-of (tsrt-value-item value i) :pointer))))

(defun read-entry (value i)
  (cffi:with-foreign-objects ((key :pointer) (item :pointer))
    (check (tsrt-value-entry value i key item))
    (unwind-protect (cons (read-value (cffi:mem-ref key :pointer))
                          (read-value (cffi:mem-ref item :pointer)))
      (tsrt-value-free (cffi:mem-ref key :pointer))
      (tsrt-value-free (cffi:mem-ref item :pointer)))))

(defun read-value (value)
  (ecase (tsrt-value-kind value)
    (0 :none)
    (1 (result-of (tsrt-value-get-bool value) (:boolean :int8)))
    (2 (result-of (tsrt-value-get-int value) :int64))
    (3 (result-of (tsrt-value-get-float value) :double))
    (4 (read-complex value))
    ((5 10) (read-string value)) ; 10 is a device, by its name
    (6 (adopt (result-of (tsrt-value-get-tensor value) :pointer)))
    (7 (coerce (read-items value) 'simple-vector))
    (8 (read-items value))
    (9 (make-dict (loop for i below (result-of (tsrt-value-size value) :size)
                        collect (read-entry value i))))
    (t (error "the binding for Lisp has nothing for a value of type ~a"
              (result-of (tsrt-value-type value) :string)))))
