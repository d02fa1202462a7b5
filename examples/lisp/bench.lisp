;;;; How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks.

(require :asdf)
(asdf:load-asd (merge-pathnames "tsrt.asd" *load-truename*))
(asdf:load-system "tsrt")
(use-package :tsrt)

(defvar *seen* 0.0)

(defun run-often (model x calls)
  (declare (optimize speed) (fixnum calls))
  (let ((sum 0.0))
    (declare (single-float sum))
    (dotimes (i calls)
      (with-forward ((y) model x)
        (incf sum (the single-float (tref y 0)))))
    (setf *seen* sum)))

(defun now ()
  "In nanoseconds. (get-internal-real-time has a coarser clock.)"
  (multiple-value-bind (seconds microseconds) (sb-ext:get-time-of-day)
    (* 1000 (+ (* seconds 1000000) microseconds))))

(defun bench (path)
  (with-model (model path)
    (let ((x (make-array 4 :element-type 'single-float :initial-element 1.0)))
      (run-often model x 20000)
      (let ((blocks (loop repeat 15
                          for start = (now)
                          do (run-often model x 10000)
                          collect (/ (- (now) start) 10000.0))))
        (format t "~,1f~%" (nth 7 (sort blocks #'<)))))))

(let ((arguments (uiop:command-line-arguments)))
  (unless (= (length arguments) 1)
    (format *error-output* "usage: sbcl --script bench.lisp identity.pt~%")
    (sb-ext:exit :code 1))
  (bench (first arguments)))
