"""The frontier screen: cost against quality or latency, walked along and adopted by keyboard."""
