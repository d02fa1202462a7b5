(defsystem "tsrt"
  :description "Runs serialized PyTorch models on Lisp arrays"
  :depends-on ("cffi")
  :serial t
  :pathname "tsrt"
  :components ((:file "package") (:file "capi") (:file "arrays") (:file "values") (:file "model")))
