/** All that is checked of the manifests, in one process: each overlay is rendered once. */

import "./checks/docker.ts";
import "./checks/keda.ts";
import "./checks/manifests.ts";
import "./checks/monitoring.ts";
import "./checks/nats-conf.ts";
import "./checks/network.ts";
import "./checks/objects.ts";
import "./checks/wiring.ts";
