// Checks of a broker with franz-go: `before ADDRESS` on one that has just begun, `after ADDRESS`
// when it was killed and has started again. The last line is `N passed, N failed`.
package main

import (
    "fmt"
    "os"
    "time"

    "github.com/twmb/franz-go/pkg/kadm"
)

type check struct {
    name string
    run  func(site)
}

func main() {
    checks := map[string][]check{"before": before, "after": after}[os.Args[1]]
    site := site{address: os.Args[2]}
    site.admin = kadm.NewClient(site.client())
    passed, failed := 0, 0
    for _, check := range checks {
        begun := time.Now()
        verdict := "ok"
        if err := attempt(site, check); err != nil {
            fmt.Fprintln(os.Stderr, err)
            verdict = "FAILED"
            failed++
        } else {
            passed++
        }
        fmt.Printf("%-6s %s (%.1f s)\n", verdict, check.name, time.Since(begun).Seconds())
    }
    fmt.Printf("%d passed, %d failed\n", passed, failed)
    if failed > 0 {
        os.Exit(1)
    }
}

// attempt runs a check, which fails by a panic; the others go on.
func attempt(site site, check check) (err any) {
    defer func() { err = recover() }()
    check.run(site)
    return nil
}
