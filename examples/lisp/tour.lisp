;;;; What a model can do, from Common Lisp: the same as in every other language.

(require :asdf)
(asdf:load-asd (merge-pathnames "tsrt.asd" *load-truename*))
(asdf:load-system "tsrt")
(use-package :tsrt)

(defun floats (dimensions &rest numbers)
  (let ((array (make-array dimensions :element-type 'single-float)))
    (dotimes (i (length numbers) array)
      (setf (row-major-aref array i) (float (elt numbers i))))))

(defun elements (array) (loop for i below (array-total-size array) collect (row-major-aref array i)))
(defun show-numbers (what numbers) (format t "~a~{ ~,3f~}~%" what numbers))
(defun show (error) (format t "error ~d: ~a~%" (error-code error) error))

(defun average (model &rest samples)
  (run model "average" (list (apply #'floats (length samples) samples))))

(defun call-often (model x expected)
  (loop repeat 250 count (equalp (forward model x) expected)))

(defun in-parallel (model x expected)
  "One model serves all threads: its forward only reads."
  (let* ((threads (loop repeat 4
                        collect (sb-thread:make-thread #'call-often
                                                       :arguments (list model x expected))))
         (same (reduce #'+ (mapcar #'sb-thread:join-thread threads))))
    (format t "parallel: 4 threads, ~d calls, ~a~%" same (if (= same 1000) "all the same" "OTHERS"))))

(defun tour (path)
  (handler-case (load-model "absent.pt")
    (tsrt-error (error) (show error)))

  (with-model (model path)
    (let* ((x (floats '(2 3) 0 1 2 3 4 5))
           (y (forward model x)))
      (format t "forward: [~{~d~^, ~}]" (array-dimensions y))
      (show-numbers "" (elements y)))

    (let ((x (floats '(2 3) 0 1 2 3 4 5))
          (into (floats '(2 2))))
      (forward-into model (list x) (list into))
      (show-numbers "into:" (elements into))

      (let ((shares (run model "shares" (list "größe-" (dict "links" 1.0 "rechts" 3.0)))))
        (format t "shares:~:{ ~a=~,3f~}~%"
                (loop for (name . share) in (entries shares) collect (list name share))))

      (show-numbers "average:" (loop for i from 1 to 3 collect (average model i i)))
      (handler-case (average model)
        (tsrt-error (error) (show error)))
      (show-numbers "average:" (list (average model 4 4)))
      (in-parallel model x into))))

(let ((arguments (uiop:command-line-arguments))
      (*standard-output* (sb-sys:make-fd-stream 1 :output t :external-format :utf-8)))
  (unless (= (length arguments) 1)
    (format *error-output* "usage: sbcl --script tour.lisp model.pt~%")
    (sb-ext:exit :code 1))
  (handler-case (tour (first arguments))
    (tsrt-error (error)
      (format *error-output* "tour: ~a~%" error)
      (sb-ext:exit :code 1)))
  (format t "live handles: ~d~%" (live-handles))
  (finish-output))
