# SPDX-License-Identifier: MIT
# sbcl: a Lisp with its own heap at a fixed address: compiler, collector
# needs: sbcl

cat >work.lisp <<'END'
(defun tree (d) (if (> d 0) (cons (tree (1- d)) (tree (1- d)))))
(defun nodes (x) (if x (+ 1 (nodes (car x)) (nodes (cdr x))) 0))
(let ((table (make-hash-table :test 'equal)))
  (dotimes (i 100000)
    (incf (gethash (format nil "key~d" (mod (* i 7919) 5003)) table 0) i))
  (format t "~d ~d~%" (hash-table-count table) (gethash "key77" table)))
(format t "~d~%" (nodes (tree 18)))
(sb-ext:gc :full t)
(format t "~d~%" (length (format nil "~d" (expt 7 20000))))
(let ((p (sb-alien:make-alien sb-alien:char 100000)))
  (setf (sb-alien:deref p 99999) 7)
  (format t "~d~%" (sb-alien:deref p 99999))
  (sb-alien:free-alien p))
(format t "~a~%" (handler-case (error "caught") (error (e) e)))
END
sbcl --script work.lisp
