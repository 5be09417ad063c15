"""Made-up cases, to learn and to prove. Nobody in here is real."""
