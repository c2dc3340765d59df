# SPDX-License-Identifier: MIT
# emacs: batch: buffers, regular expressions, hashes, byte compilation
# needs: emacs

numbers 10000 >data
cat >work.el <<'END'
;;; -*- lexical-binding: t -*-
(require 'cl-lib)
(require 'json)
(defun work-tree (depth)
  (if (> depth 0) (cons (work-tree (1- depth)) (work-tree (1- depth)))))
(defun work-count (tree)
  (if tree (+ 1 (work-count (car tree)) (work-count (cdr tree))) 0))
(defun work ()
  (let ((table (make-hash-table :test 'equal)) (n 0))
    (with-temp-buffer
      (insert-file-contents "data")
      (while (re-search-forward "word\\([0-9]+\\)" nil t)
        (cl-incf (gethash (match-string 1) table 0))
        (replace-match "<\\1>"))
      (goto-char (point-min))
      (sort-lines nil (point-min) (point-max))
      (princ (format "%d %s\n" (buffer-size)
                     (secure-hash 'md5 (current-buffer))))
      (write-region (point-min) (point-max) "out/sorted" nil 'silent))
    (maphash (lambda (_ v) (setq n (max n v))) table)
    (princ (format "%d %d\n" (hash-table-count table) n))
    (princ (format "%d\n" (work-count (work-tree 14))))
    (garbage-collect)
    (princ (format "%s\n" (json-encode '((a . [1 2 3]) (b . "text")))))
    (princ (format "%s\n" (expt 3 200)))))
END
emacs -Q --batch -f batch-byte-compile work.el 2>log
emacs -Q --batch -l ./work.elc -f work
