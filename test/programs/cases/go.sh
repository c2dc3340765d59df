# SPDX-License-Identifier: MIT
# go: a program whose goroutines call C's malloc and free, built and run
# needs: go gcc

cat >work.go <<'END'
package main

/*
#include <stdlib.h>
#include <string.h>

static void *fill(size_t size, int byte)
{
	void *p = malloc(size);

	return p ? memset(p, byte, size) : NULL;
}

static int check(const unsigned char *p, size_t size, int byte)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != byte)
			return 0;
	return 1;
}
*/
import "C"

import (
	"sync"
	"unsafe"
)

type block struct {
	p    unsafe.Pointer
	size C.size_t
}

func main() {
	var group sync.WaitGroup
	blocks := make(chan block, 100)
	good := make([]int, 4)
	for n := 0; n < 4; n++ {
		group.Add(1)
		go func(n int) {
			defer group.Done()
			for i := 0; i < 5000; i++ {
				size := C.size_t(i*37%3000 + 1)
				p := C.fill(size, C.int(size%251))
				blocks <- block{p, size}
			}
		}(n)
	}
	var readers sync.WaitGroup
	for n := range good {
		readers.Add(1)
		go func(n int) {
			defer readers.Done()
			for b := range blocks {
				good[n] += int(C.check((*C.uchar)(b.p), b.size,
					C.int(b.size%251)))
				C.free(b.p)
			}
		}(n)
	}
	group.Wait()
	close(blocks)
	readers.Wait()
	println(good[0] + good[1] + good[2] + good[3])
	name := C.CString("text from C")
	println(C.GoString(name))
	C.free(unsafe.Pointer(name))
}
END
export GOCACHE=$PWD/cache GOPATH=$PWD/path GO111MODULE=off GOFLAGS=-p=2
export GOTELEMETRY=off GOTOOLCHAIN=local
go version >/dev/null
go vet work.go
go build -o work work.go
./work 2>&1
gofmt -d work.go
