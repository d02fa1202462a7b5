(defpackage :tsrt
  (:use :cl)
  (:export #:tsrt-error #:error-code #:error-message #:error-detail
           #:version #:live-handles
           #:model #:load-model #:close-model #:with-model #:clone-model #:cancel #:describe-model
           #:forward #:forward-into #:with-forward #:run
           #:tensor #:tensor-array #:tensor-dimensions #:tensor-element-type #:tensor-pointer
           #:tensor-size #:tref
           #:dict #:entries #:entry))
