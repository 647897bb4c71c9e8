"""Run-length codes of masks: plain, COCO's and Label Studio's. Open `codec` first."""
