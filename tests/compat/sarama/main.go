// Checks of a broker with sarama: `before ADDRESS` on one that has just begun, `after ADDRESS` when
// it was killed and has started again; each with the protocol of an old Kafka and of the newest that
// the client knows. The last line is `N passed, N failed`.
package main

import (
    "fmt"
    "os"
    "time"

    "github.com/IBM/sarama"
)

type check struct {
    name string
    run  func(site)
}

func main() {
    checks := map[string][]check{"before": before, "after": after}[os.Args[1]]
    passed, failed := 0, 0
    for _, version := range []sarama.KafkaVersion{sarama.V0_11_0_0, sarama.V2_1_0_0, sarama.MaxVersion} {
        site := site{address: os.Args[2], version: version}
        some, none := runAll(site, checks)
        passed += some
        failed += none
    }
    fmt.Printf("%d passed, %d failed\n", passed, failed)
    if failed > 0 {
        os.Exit(1)
    }
}

func runAll(site site, checks []check) (passed, failed int) {
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
        took := time.Since(begun).Seconds()
        fmt.Printf("%-6s %s: %s (%.1f s)\n", verdict, site.version, check.name, took)
    }
    return passed, failed
}

// attempt runs a check, which fails by a panic; the others go on.
func attempt(site site, check check) (err any) {
    defer func() { err = recover() }()
    check.run(site)
    return nil
}
