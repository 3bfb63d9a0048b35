package refgate.tag.well_formed_test

import data.refgate.lib.examples_test as examples
import data.refgate.tag.well_formed

deny(anomalies, allow) := violations if {
	violations := well_formed.deny with input as examples.tag_input({
		"tag": {"anomalies": anomalies},
		"params": {"allow": allow},
	})
}

test_a_plain_tag_passes if {
	deny([], []) == set()
}

test_each_anomaly_is_told if {
	deny(["control_characters", "new_kind"], []) == {"holds control characters", "has the anomaly 'new_kind'"}
}

test_only_what_is_allowed_passes if {
	deny(["control_characters", "not_utf8"], ["not_utf8"]) == {"holds control characters"}
}
